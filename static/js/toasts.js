// Toasts: the event `toast` {level, text}, sent by scripts or by the server's HX-Trigger header, shows one.

const SECONDS_SHOWN = { info: 6, success: 5, warning: 10, error: 0 }; // 0: stays until dismissed
const ICONS = { info: "info", success: "check", warning: "warning", error: "error" };
const MOST_AT_ONCE = 4;

function show(level, text) {
  const region = document.getElementById("toasts");
  const known = level in ICONS ? level : "info";
  if ([...region.children].some((toast) => toast.dataset.text === text)) return;
  const toast = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  toast.classList.add(`toast--${known}`);
  toast.dataset.text = text;
  toast.querySelector(".toast__text").textContent = text;
  const use = toast.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${ICONS[known]}`));
  toast.querySelector("button").addEventListener("click", () => toast.remove());
  while (region.children.length >= MOST_AT_ONCE) region.firstElementChild.remove();
  region.append(toast);
  if (SECONDS_SHOWN[known]) dismissLater(toast, SECONDS_SHOWN[known] * 1000);
}

// A toast that is being read (pointer or focus on it) stays.
function dismissLater(toast, milliseconds) {
  setTimeout(() => {
    if (toast.matches(":hover, :focus-within")) dismissLater(toast, 2000);
    else toast.remove();
  }, milliseconds);
}

document.addEventListener("toast", (event) => {
  // htmx sends a plain string in HX-Trigger as {value: "…"}.
  const { level = "info", text = event.detail.value } = event.detail;
  if (text) show(level, String(text));
});
