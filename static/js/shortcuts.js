// Single-key shortcuts. They can be turned off on the sheet (WCAG 2.1.4); a browser remembers that.

const SETTING = "overtime-shortcuts";
const CHORD_MS = 1200;
const PLACES = { d: "dashboard", a: "actions", h: "activations", w: "wiring" };
let chordUntil = 0;

function isOn() {
  return localStorage.getItem(SETTING) !== "off";
}

function isTyping(target) {
  return target.isContentEditable || target.closest("input:not([type=checkbox]), textarea, select, dialog, .cm-editor");
}

function go(place) {
  document.querySelector(`.side-nav__link[data-place="${place}"]`)?.click();
}

function walk(step) {
  const rows = [...document.querySelectorAll(".row-link")].filter((link) => link.checkVisibility());
  const here = rows.indexOf(document.activeElement);
  const next = here === -1 ? (step > 0 ? 0 : rows.length - 1) : here + step;
  rows[Math.min(Math.max(next, 0), rows.length - 1)]?.focus();
}

const KEYS = {
  "/": () => document.querySelector("[data-search], input[type=search]")?.focus(),
  "?": () => document.getElementById("shortcuts").showModal(),
  g: () => (chordUntil = Date.now() + CHORD_MS),
  j: () => walk(1),
  k: () => walk(-1),
  t: () => document.dispatchEvent(new Event("theme:next")),
};

document.addEventListener("keydown", (event) => {
  if (!isOn() || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const inChord = Date.now() < chordUntil;
  chordUntil = 0;
  if (inChord && event.key in PLACES) {
    event.preventDefault();
    go(PLACES[event.key]);
    return;
  }
  // A page's own keys: an element with data-key is clicked.
  const own = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!own && !(event.key in KEYS)) return;
  event.preventDefault();
  if (own) own.click();
  else KEYS[event.key]();
});

const toggle = document.querySelector("[data-shortcuts-switch]");
if (toggle) {
  toggle.checked = isOn();
  toggle.addEventListener("change", () => localStorage.setItem(SETTING, toggle.checked ? "on" : "off"));
}
