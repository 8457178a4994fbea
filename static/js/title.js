// The tab shows the state of the page: an element with data-title-state="pending|success|error" sets title and icon.

const MARKS = { pending: "◌", success: "✓", error: "✗" };
const plainTitle = document.title;

function show() {
  const state = document.querySelector("[data-title-state]")?.dataset.titleState ?? "";
  const mark = MARKS[state];
  const wanted = mark ? `${mark} ${plainTitle}` : plainTitle;
  if (document.title !== wanted) document.title = wanted;
  const icon = document.querySelector("link[data-favicon]");
  const address = `${icon.dataset.favicon}${mark ? `-${state}` : ""}.svg`;
  if (icon.getAttribute("href") !== address) icon.setAttribute("href", address);
}

document.addEventListener("htmx:afterSettle", show);
document.addEventListener("live:applied", show);
show();
