// <details class="menu"> closes on Escape, on a click elsewhere and when another opens; dialogs open by data-opens-dialog.

function close(menu, { refocus = false } = {}) {
  menu.open = false;
  if (refocus) menu.querySelector("summary").focus();
}

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    const chosen = event.target.closest(".menu__item") && menu.contains(event.target);
    if (chosen || !menu.contains(event.target)) close(menu);
  }
  const opener = event.target.closest("[data-opens-dialog]");
  if (opener) document.getElementById(opener.dataset.opensDialog)?.showModal();
  const closer = event.target.closest("[data-closes-dialog]");
  if (closer) closer.closest("dialog").close();
  // A click on the backdrop has the dialog itself as its target.
  if (event.target instanceof HTMLDialogElement && isOutside(event)) event.target.close();
});

function isOutside({ target, clientX, clientY }) {
  const box = target.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}

// A dialog gives the focus back to where it was. While it is open a live section may replace that element by another
// of the same name, which the browser does not know.
let focusedBefore = "";
const noteFocus = ({ target, newState }) => {
  if (target instanceof HTMLDialogElement && newState === "open") focusedBefore = document.activeElement.id;
};
document.addEventListener("beforetoggle", noteFocus, { capture: true });
document.addEventListener("close", ({ target }) => {
  const isLost = document.activeElement === document.body || target.contains(document.activeElement);
  if (target instanceof HTMLDialogElement && isLost) document.getElementById(focusedBefore)?.focus();
}, { capture: true });

document.addEventListener("keydown", (event) => {
  const menu = document.activeElement?.closest("details.menu[open]");
  if (!menu) return;
  if (event.key === "Escape") {
    close(menu, { refocus: true });
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const stops = [...menu.querySelectorAll("summary, a, button")].filter((stop) => stop.checkVisibility());
    const step = event.key === "ArrowDown" ? 1 : stops.length - 1;
    stops[(stops.indexOf(document.activeElement) + step) % stops.length]?.focus();
    event.preventDefault();
  }
});
