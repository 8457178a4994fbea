// Clocks that go on: relative times, elapsed times and predicted bars. figures.py writes the same words.

const TICK_MS = 1000;
const BAR_STEPS = 200;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function duration(ms) {
  const two = (number) => String(number).padStart(2, "0");
  if (ms < SECOND) return `${Math.max(0, Math.round(ms))} ms`;
  const tenths = Math.round(ms / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(ms / SECOND);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h ${two(Math.floor((seconds % 3600) / 60))}m`;
  return `${Math.floor(seconds / 86_400)}d ${two(Math.floor((seconds % 86_400) / 3600))}h`;
}

function coarse(ms) {
  if (ms < MINUTE) return `${Math.round(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h`;
  const days = Math.floor(ms / DAY);
  return `${days} ${days === 1 ? "day" : "days"}`;
}

function ago(ms) {
  if (Math.abs(ms) < 5 * SECOND) return "just now";
  return ms > 0 ? `${coarse(ms)} ago` : `in ${coarse(-ms)}`;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function movePrediction(element, now) {
  const started = Date.parse(element.dataset.started);
  const expected = Date.parse(element.dataset.expected);
  const isSlow = now > Date.parse(element.dataset.slow);
  const bar = element.querySelector("progress");
  const left = expected - now;
  if (bar) {
    const done = Math.min(Math.max((now - started) / (expected - started), 0), 1);
    // In steps that can be seen: each lets the browser lay the page out anew.
    bar.value = Math.floor(done * BAR_STEPS) / BAR_STEPS;
    bar.classList.toggle("is-late", isSlow);
  }
  const text = element.querySelector(".predicted__text");
  if (!text) return;
  if (left >= SECOND) setText(text, `about ${coarse(left)} left`);
  else setText(text, isSlow && left <= -SECOND ? `${coarse(-left)} longer than usual` : "any moment now");
}

function tick() {
  if (document.hidden) return;
  const now = Date.now();
  for (const element of document.querySelectorAll("[data-shown-from]")) {
    element.hidden = Date.parse(element.dataset.shownFrom) > now;
  }
  for (const element of document.querySelectorAll("time[data-relative]")) {
    const past = now - Date.parse(element.dateTime);
    setText(element, element.dataset.relative === "due" && past > -5 * SECOND ? "now" : ago(past));
  }
  for (const element of document.querySelectorAll("time[data-clock]")) {
    element.title = ago(now - Date.parse(element.dateTime));
  }
  for (const element of document.querySelectorAll("[data-elapsed-since]")) {
    const passed = now - Date.parse(element.dataset.elapsedSince);
    setText(element, passed < MINUTE ? `${Math.max(0, Math.floor(passed / SECOND))} s` : duration(passed));
  }
  for (const element of document.querySelectorAll("[data-started][data-expected]")) movePrediction(element, now);
}

setInterval(tick, TICK_MS);
document.addEventListener("visibilitychange", tick);
document.addEventListener("htmx:afterSettle", tick);
tick();
