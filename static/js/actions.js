// Actions: a button rests after it was put there by a launch, the timeout says what it means, a file fills the editor.

const REST_MS = 1500;
const UNIT_MS = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 };
const SYNCHRONOUS_MS = 60_000;
const ARCHIVE = /\.(zip|tgz|gz)$/i;

// --- The second click of a double click must not launch again, even when the first was answered in between. ---

const restUntil = new WeakMap();

document.addEventListener("htmx:afterSwap", (event) => {
  const root = event.detail.elt;
  for (const button of root?.querySelectorAll?.("[data-rest]") ?? []) restUntil.set(button, Date.now() + REST_MS);
});

document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest?.("[data-rest]");
    if (!button || Date.now() >= (restUntil.get(button) ?? 0)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);

// --- What a timeout means, while it is typed ---

function words(ms) {
  const unit = ["h", "min", "s", "ms"].find((name) => ms % UNIT_MS[name] === 0);
  return `${ms / UNIT_MS[unit]} ${unit}`;
}

function verdict(ms, least, most) {
  if (!Number.isFinite(ms)) return ["", ""];
  if (ms > most) return ["error", `Too long: this namespace allows ${words(most)}.`];
  if (ms < least) return ["error", `Too short: this namespace asks for ${words(least)} at least.`];
  if (ms > SYNCHRONOUS_MS) return ["info", "Asynchronous only: a web request or a blocking call ends after 60 s. Launched here, its result is collected when it comes."];
  return ["info", "Short enough for web requests and blocking calls, too."];
}

function judgeTimeout() {
  const amount = document.getElementById("id_timeout");
  const unit = document.getElementById("id_timeout_unit");
  const place = document.querySelector("[data-timeout-verdict]");
  if (!amount || !unit || !place) return;
  const ms = amount.value === "" ? NaN : Math.round(Number(amount.value) * UNIT_MS[unit.value]);
  const [level, text] = verdict(ms, Number(amount.dataset.timeoutLeast), Number(amount.dataset.timeoutMost));
  place.dataset.level = level;
  place.textContent = text;
}

document.addEventListener("input", (event) => {
  if (event.target.id === "id_timeout" || event.target.id === "id_timeout_unit") judgeTimeout();
});
document.addEventListener("htmx:afterSettle", judgeTimeout);
judgeTimeout();

// --- A chosen text file goes into the editor, where it can still be changed; an archive stays a file ---

document.addEventListener("change", async (event) => {
  const input = event.target;
  if (input.id !== "id_upload" || !input.files.length || ARCHIVE.test(input.files[0].name)) return;
  const text = await input.files[0].text();
  if (text.includes("\u0000") || text.includes("\ufffd")) return;
  document.getElementById("id_code").dispatchEvent(new CustomEvent("editor:set", { detail: text }));
  input.value = "";
});
