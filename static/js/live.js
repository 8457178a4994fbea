// The live connection: server-sent events while the page is seen, polling where they do not come through.
// A cursor (the id of the last message) makes every way of connecting resume where the last one stopped.

// The first new try comes at once, because servers and proxies end long streams as a matter of course.
const RETRY_MS = [300, 2000];
// A stream that lasted this long was a good one; what ends it counts as the first failure.
const GOOD_STREAM_MS = 5000;
const POLL_MS = 3000;
const HIDDEN_POLL_MS = 15_000;
// Browsers allow few connections to one host over HTTP/1.1, so a tab in the background gives its own back.
const HIDDEN_GRACE_MS = 60_000;
const STREAM_RETRY_MS = 30_000;
// A little more than the sections' `throttle:1s`, so that the last of many changes is never the one dropped.
const CHANGED_SPACING_MS = 1100;
const REFRESHING_MS = 100;

const { liveUrl, liveChangesUrl } = document.body.dataset;
const WORDS = { live: "Live", reconnecting: "Reconnecting…", polling: `Polling every ${POLL_MS / 1000} s` };
let cursor = document.body.dataset.liveCursor ?? "";
let source = null;
let failures = 0;
let openedAt = Infinity;
let openedBefore = false;
let timer = null;
let hiddenTimer = null;

function show(state) {
  const indicator = document.getElementById("live-indicator");
  if (!indicator || indicator.dataset.state === state) return;
  indicator.dataset.state = state;
  indicator.textContent = WORDS[state];
}

function at(address) {
  const url = new URL(address, location.href);
  url.searchParams.set("cursor", cursor);
  return url;
}

// --- What arrives ---

let changedAt = 0;
let changedTimer = null;
let isRewired = false;

// Requests that sections make because of live events. htmx drops a trigger that comes while its element waits for
// an answer, and a queued one when the answer replaces the element; and it wires the new element only when that has
// settled. So the next event waits until all have ended and settled: its timer was set before ours.
const refreshing = new Set();
// htmx tells only the page of an answer's end, and a section may have left it meanwhile: the request itself tells.
document.addEventListener("htmx:beforeSend", ({ detail: { requestConfig, xhr } }) => {
  if (!requestConfig.triggeringEvent?.type.startsWith("live:")) return;
  refreshing.add(xhr);
  xhr.addEventListener("loadend", () => {
    setTimeout(() => refreshing.delete(xhr), window.htmx.config.defaultSettleDelay);
  });
});

// Sections about the wiring ask only then; those that follow the activations ask too.
function rewired() {
  isRewired = true;
  changed();
}

function changed() {
  changedTimer ??= setTimeout(tellChanged, Math.max(0, changedAt + CHANGED_SPACING_MS - Date.now()));
}

function tellChanged() {
  if (refreshing.size) {
    changedTimer = setTimeout(tellChanged, REFRESHING_MS);
    return;
  }
  changedTimer = null;
  changedAt = Date.now();
  document.body.dispatchEvent(new CustomEvent("live:changed"));
  if (isRewired) document.body.dispatchEvent(new CustomEvent("live:rewired"));
  isRewired = false;
}

function resync() {
  document.body.dispatchEvent(new CustomEvent("live:resync"));
  rewired();
}

function targetOf(element) {
  const value = element.getAttribute("hx-swap-oob");
  const colon = value.indexOf(":");
  if (colon > 0) return document.querySelector(value.slice(colon + 1));
  return element.id ? document.getElementById(element.id) : null;
}

// What a piece replaces (itself) or brings along (its children, for example afterbegin:#rows).
function changedIds(piece) {
  const whole = ["true", "outerHTML"].includes(piece.getAttribute("hx-swap-oob"));
  return whole ? [piece.id] : [...piece.children].map((child) => child.id);
}

// Keeps only the pieces that this page has a place for; htmx would report each of the others as an error.
function withTargets(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const roots = [holder.content, ...[...holder.content.querySelectorAll("template")].map((inner) => inner.content)];
  const pieces = roots.flatMap((root) => [...root.children]).filter((piece) => piece.hasAttribute("hx-swap-oob"));
  const wanted = pieces.filter(targetOf);
  pieces.filter((piece) => !wanted.includes(piece)).forEach((piece) => piece.remove());
  return { html: wanted.length ? holder.innerHTML : "", ids: wanted.flatMap(changedIds) };
}

// A list that was read anew may name more than this page shows: somebody has made an action since.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.requestConfig.elt.matches("[data-known-only]")) detail.serverResponse = withTargets(detail.serverResponse).html;
});

function flash(id) {
  const element = id && document.getElementById(id);
  if (!element?.matches("tr, .rows > *, [data-flash]")) return;
  element.classList.add("flash");
  setTimeout(() => element.classList.remove("flash"), 700);
}

function apply(html) {
  const { html: known, ids } = withTargets(html);
  if (!known) return;
  window.htmx.swap(document.body, known, { swapStyle: "none", swapDelay: 0, settleDelay: 0, ignoreTitle: true });
  ids.forEach(flash);
  document.dispatchEvent(new CustomEvent("live:applied"));
}

// --- Server-sent events ---

function connect() {
  stop();
  if (!window.EventSource) return poll();
  source = new EventSource(at(liveUrl));
  source.addEventListener("open", opened);
  source.addEventListener("error", failed);
  const listen = (name, act) =>
    source.addEventListener(name, (event) => {
      cursor = event.lastEventId || cursor;
      act(event.data);
    });
  listen("fragment", apply);
  listen("changed", changed);
  listen("rewired", rewired);
  listen("resync", resync);
  listen("message", () => {});
}

function opened() {
  // Before the first message there is no cursor to resume from.
  if (openedBefore && !cursor) resync();
  openedBefore = true;
  openedAt = Date.now();
  show("live");
}

// A new EventSource each time, not the browser's own retry: the cursor in its address counts what polling brought too.
function failed() {
  if (Date.now() - openedAt > GOOD_STREAM_MS) failures = 0;
  openedAt = Infinity;
  stop();
  if (failures >= RETRY_MS.length) return poll();
  show("reconnecting");
  timer = setTimeout(connect, RETRY_MS[failures]);
  failures += 1;
}

function stop() {
  clearTimeout(timer);
  source?.close();
  source = null;
}

// --- Polling ---

function poll() {
  stop();
  failures = 0;
  const retryStreamAt = Date.now() + STREAM_RETRY_MS;
  const again = () => {
    const streamIsDue = window.EventSource && !document.hidden && Date.now() >= retryStreamAt;
    timer = setTimeout(streamIsDue ? connect : ask, document.hidden ? HIDDEN_POLL_MS : POLL_MS);
  };
  const ask = async () => {
    show((await fetchChanges()) ? "polling" : "reconnecting");
    if (source === null) again();
  };
  ask();
}

async function fetchChanges() {
  try {
    const response = await fetch(at(liveChangesUrl), { headers: { Accept: "application/json" } });
    if (response.redirected || response.status === 401) return signedOut();
    if (response.status === 204) return true;
    if (!response.ok) return false;
    const answer = await response.json();
    cursor = answer.cursor ?? cursor;
    if (answer.html) apply(answer.html);
    if (answer.resync) resync();
    else if (answer.rewired) rewired();
    else if (answer.changed) changed();
    return true;
  } catch {
    // No connection, or no JSON from whatever answered; the indicator says so and the next turn tries again.
    return false;
  }
}

function signedOut() {
  const { signInUrl } = document.body.dataset;
  if (!document.hidden) location.assign(`${signInUrl}?next=${encodeURIComponent(location.pathname + location.search)}`);
  return false;
}

// --- The page comes and goes ---

if (liveUrl) {
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiddenTimer);
    if (document.hidden) hiddenTimer = setTimeout(poll, HIDDEN_GRACE_MS);
    else if (source === null) connect();
  });
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => event.persisted && connect());
  addEventListener("online", connect);
  addEventListener("offline", () => show("reconnecting"));
  connect();
}
