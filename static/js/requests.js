// What htmx does not show by itself: failed requests become toasts, an expired session leads to sign-in.

const SENTENCES = {
  403: "You may not do this with your role in this namespace.",
  404: "It is no longer there. Reload the page to see what is.",
  413: "That is too large for the server.",
  429: "Too many requests at once. Wait a moment and try again.",
  503: "The server cannot do this right now. What you typed is still here: try again in a moment.",
};

const HELD_AGAIN_MS = 300;

function toast(text, level = "error") {
  document.dispatchEvent(new CustomEvent("toast", { detail: { level, text } }));
}

function signInAgain() {
  const page = location.pathname + location.search;
  location.assign(`${document.body.dataset.signInUrl}?next=${encodeURIComponent(page)}`);
}

function isSignInPage(address) {
  const signIn = document.body.dataset.signInUrl;
  return Boolean(signIn && address) && new URL(address, location.href).pathname === signIn && location.pathname !== signIn;
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status === 401 || isSignInPage(xhr.responseURL)) {
    event.detail.shouldSwap = false;
    signInAgain();
  }
});

// A click is lost when its button is replaced between press and release, by pointer or by key: such a refresh is
// asked for again until nothing is held.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isByItself(event) || !event.detail.target.querySelector(":active")) return;
  event.detail.shouldSwap = false;
  setTimeout(() => htmx.trigger(document.body, "live:changed"), HELD_AGAIN_MS);
});

// What somebody has asked for may come below the window's edge: then the page moves to it, and the focus stays.
document.addEventListener("htmx:afterSettle", (event) => {
  const asked = event.target.querySelector?.("[data-comes-into-view]");
  if (!asked || isByItself(event)) return;
  if (document.activeElement === document.body) event.target.querySelector("[data-rests]")?.focus({ preventScroll: true });
  const { top } = asked.getBoundingClientRect();
  if (top >= 0 && top < innerHeight / 2) return;
  const gentle = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  asked.scrollIntoView({ block: "start", behavior: gentle ? "smooth" : "auto" });
});

// What lies in a closed <details> asks when that is opened.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.matches("[data-only-open]") && event.target.closest("details:not([open])")) event.preventDefault();
});

// A region that refreshes by itself (on load, every few seconds, on a live event) keeps its old content when that
// fails, and is marked as stale; only what people asked for makes a toast.
function isByItself(event) {
  const trigger = event.detail.requestConfig?.triggeringEvent?.type;
  return trigger === undefined || trigger === "load" || trigger.startsWith("live:");
}

document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  if (status === 401 || isByItself(event)) return;
  const server = status >= 500 ? "The server could not do this. It is on the log; try again in a moment." : "";
  toast(SENTENCES[status] || server || `The server refused this request (${status}).`);
});

for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    if (!isByItself(event)) toast("The server does not answer. Check your connection and try again.");
  });
}

for (const [name, stale] of [["htmx:responseError", true], ["htmx:sendError", true], ["htmx:afterRequest", false]]) {
  document.addEventListener(name, (event) => {
    if (stale || event.detail.successful) event.target.classList?.toggle("is-stale", stale);
  });
}
