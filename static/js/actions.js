// Actions: a button that has just launched rests, the timeout says what it means, a file fills the editor.

const REST_MS = 1000;
const UNIT_MS = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 };
const SYNCHRONOUS_MS = 60_000;
const ARCHIVE = /\.(zip|tgz|gz)$/i;

// --- The second click of a double click must not launch again, even when the first was answered in between. ---

const restUntil = new WeakMap();

document.addEventListener("htmx:afterSwap", (event) => {
  const root = event.detail.elt;
  for (const button of root?.querySelectorAll?.("[data-rests]") ?? []) restUntil.set(button, Date.now() + REST_MS);
});

document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest?.("[data-rests]");
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
// What the server said about a refused value stands at the field already.
function judgeNew() {
  if (document.getElementById("id_timeout")?.getAttribute("aria-invalid") !== "true") judgeTimeout();
}

document.addEventListener("htmx:afterSettle", judgeNew);
judgeNew();

// --- Untouched code follows the kind ---

function followKind() {
  const kind = document.getElementById("id_kind");
  const code = document.getElementById("id_code");
  if (!kind || !code) return;
  const templates = [...document.querySelectorAll("[data-code-for]")];
  const textOf = (template) => template.content.textContent;
  const wanted = templates.find((template) => template.dataset.codeFor === kind.value.split(":")[0]);
  const untouched = templates.some((template) => template !== wanted && textOf(template).trim() === code.value.trim());
  if (wanted && untouched) code.dispatchEvent(new CustomEvent("editor:set", { detail: textOf(wanted) }));
}

document.addEventListener("change", (event) => {
  if (event.target.id === "id_kind") followKind();
});
// Whoever is quick chooses before this script is here.
followKind();

// --- A text file goes into the editor, where it can still be changed; an archive stays a file ---

async function takeIn(input) {
  const [file] = input.files;
  if (!file || ARCHIVE.test(file.name)) return;
  const text = await file.text();
  if (text.includes("\u0000") || text.includes("\ufffd")) return;
  document.getElementById("id_code").dispatchEvent(new CustomEvent("editor:set", { detail: text }));
  input.value = "";
}

document.addEventListener("change", (event) => {
  if (event.target.id === "id_upload") takeIn(event.target);
});

for (const [name, isOver] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
  document.addEventListener(name, (event) => {
    const zone = event.target.closest?.("[data-code-file]");
    if (!zone) return;
    event.preventDefault();
    zone.classList.toggle("is-over", isOver);
    if (name !== "drop" || !event.dataTransfer.files.length) return;
    const input = zone.querySelector("input[type=file]");
    input.files = event.dataTransfer.files;
    takeIn(input);
  });
}
