// The tab shows the state of the page: an element with data-title-state="pending|success|error" sets title and icon.
// Its data-title, if any, is what the title begins with, since a live fragment may change that too.

const MARKS = { pending: "◌", success: "✓", error: "✗" };
const plainTitle = document.title;

function titleWith(beginning) {
  return beginning ? [beginning, ...plainTitle.split(" · ").slice(-2)].join(" · ") : plainTitle;
}

function show() {
  const { titleState: state = "", title } = document.querySelector("[data-title-state]")?.dataset ?? {};
  const mark = MARKS[state];
  const wanted = `${mark ? `${mark} ` : ""}${titleWith(title)}`;
  if (document.title !== wanted) document.title = wanted;
  const icon = document.querySelector("link[data-favicon]");
  const address = `${icon.dataset.favicon}${mark ? `-${state}` : ""}.svg`;
  if (icon.getAttribute("href") !== address) icon.setAttribute("href", address);
}

document.addEventListener("htmx:afterSettle", show);
document.addEventListener("live:applied", show);
show();
