// The wiring map: what a row belongs to stands out, arrow keys walk along the edges, a click on a rule or on what
// a URL starts opens its panel, and a trigger that is dragged to an action is connected with it. Without this
// script, links and forms do the same.

const PREFIX = "map-";
const NEXT_COLUMN = { ArrowLeft: -1, ArrowRight: 1 };
const NEXT_ROW = { ArrowUp: -1, ArrowDown: 1 };

const rowOf = (target) => target.closest?.(".map .map__row[id]");
const keyOf = (row) => row.id.slice(PREFIX.length);
// The rule of an edge, or the place where a URL's edge passes the rules.
const middleOf = (edge) => edge.dataset.ends.split(" ").find((key) => /^[rv]/.test(key));
const nameOf = (row) => row.querySelector("span").textContent;
const rowFor = (key) => document.getElementById(PREFIX + key);
const edgesOf = (map) => [...map.querySelectorAll(".edge[data-ends]")].map((path) => [path, ...path.dataset.ends.split(" ")]);

let dragged = null;

// --- Standing out ---

// Everything upstream and downstream of the keys; `from` and `to` are places in [path, source, target].
function follow(edges, keys, from, to) {
  const found = new Set(keys);
  const paths = [];
  // The edges of a map are at most two deep, and those of the first layer come first in the document.
  for (const edge of from < to ? edges : edges.toReversed()) {
    if (!found.has(edge[from])) continue;
    found.add(edge[to]);
    paths.push(edge[0]);
  }
  return [found, paths];
}

function light(map, keys) {
  dim(map);
  const edges = edgesOf(map);
  const [after, pathsAfter] = follow(edges, keys, 1, 2);
  const [before, pathsBefore] = follow(edges, keys, 2, 1);
  const rows = [...after, ...before].map(rowFor);
  for (const element of [...rows, ...pathsAfter, ...pathsBefore]) element?.classList.add("is-lit");
  map.classList.add("has-lit");
}

function dim(map) {
  map?.classList.remove("has-lit");
  for (const element of map?.querySelectorAll(".is-lit") ?? []) element.classList.remove("is-lit");
}

function relight(event) {
  const map = document.getElementById("map");
  if (!map || dragged) return;
  const edge = event.target.closest?.("#map .edge");
  // Where the pointer is on nothing, the row that has the focus stands out.
  const row = rowOf(event.target) ?? (edge ? null : rowOf(document.activeElement));
  if (row) light(map, [keyOf(row)]);
  else if (edge) light(map, [middleOf(edge)]);
  else if (map.classList.contains("has-lit")) dim(map);
}

document.addEventListener("focusin", relight);
document.addEventListener("pointerover", relight);

// --- Arrow keys ---

function besides(row, step) {
  const map = row.closest(".map");
  const key = keyOf(row);
  const [here, there] = step > 0 ? [1, 2] : [2, 1];
  const joined = edgesOf(map).filter((edge) => edge[here] === key).map((edge) => rowFor(edge[there]));
  return joined.sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)[0];
}

function inColumn(row, step) {
  const rows = [...row.closest(".map__column").querySelectorAll("a.map__row")];
  return rows[rows.indexOf(row) + step];
}

document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.(".map a.map__row");
  if (!row || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  let next;
  if (event.key in NEXT_ROW) next = inColumn(row, NEXT_ROW[event.key]);
  else if (event.key in NEXT_COLUMN && row.id) next = besides(row, NEXT_COLUMN[event.key]);
  else return;
  event.preventDefault();
  next?.focus();
});

// --- The panel of a rule or a URL ---

const panel = document.getElementById("map-panel");
const panelBody = document.getElementById("map-panel-body");

document.addEventListener("click", (event) => {
  const edge = event.target.closest?.("#map .edge[data-ends]");
  if (edge) rowFor(middleOf(edge))?.click();
  const link = event.target.closest?.("a[data-panel]");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  // Not in the name of the link: a map that is being refreshed takes its links' requests away with it.
  window.htmx.ajax("GET", link.href, { target: panelBody, swap: "innerHTML", source: panelBody });
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target !== panelBody || panel.open) return;
  document.getElementById("map-panel-title").textContent = panelBody.firstElementChild.getAttribute("aria-label");
  panel.showModal();
});
// What is out of sight must not go on refreshing.
panel?.addEventListener("close", () => panelBody.replaceChildren());
panel?.addEventListener("click", (event) => event.target === panel && panel.close());

// --- Dragging a trigger to an action ---

function draw(event) {
  const map = document.getElementById("map");
  const path = document.querySelector("#map-draft > path");
  if (!map || !path || !dragged) return;
  const area = map.getBoundingClientRect();
  const start = dragged.getBoundingClientRect();
  const [x1, y1] = [start.right - area.left, start.top + start.height / 2 - area.top];
  const [x2, y2] = [event.clientX - area.left, event.clientY - area.top];
  const middle = (x1 + x2) / 2;
  path.setAttribute("d", `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`);
}

function connect(trigger, action) {
  const form = document.getElementById("map-connect");
  form.elements.trigger.value = trigger;
  form.elements.action.value = action;
  Object.assign(form.dataset, {
    confirm: `Every fire of ${trigger} starts ${action} from then on.`,
    confirmTitle: `Connect ${trigger} to ${action}?`,
    confirmButton: "Connect",
  });
  form.requestSubmit();
  for (const name of ["confirm", "confirmTitle", "confirmButton"]) delete form.dataset[name];
}

document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-trigger][draggable]") ?? null;
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "link";
  event.dataTransfer.setData("text/plain", nameOf(dragged));
  document.getElementById("wiring-map").classList.add("is-wiring");
  // Every action is a place to drop it.
  dim(document.getElementById("map"));
});

document.addEventListener("dragover", (event) => {
  if (!dragged) return;
  draw(event);
  const action = event.target.closest?.("[data-action]");
  document.querySelectorAll("[data-action].is-over").forEach((row) => row !== action && row.classList.remove("is-over"));
  if (!action) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "link";
  action.classList.add("is-over");
});

document.addEventListener("drop", (event) => {
  const action = event.target.closest?.("[data-action]");
  if (!dragged || !action) return;
  event.preventDefault();
  connect(nameOf(dragged), nameOf(action));
});

document.addEventListener("dragend", () => {
  dragged = null;
  document.querySelector("#map-draft > path")?.removeAttribute("d");
  document.querySelectorAll(".is-over").forEach((row) => row.classList.remove("is-over"));
  document.getElementById("wiring-map")?.classList.remove("is-wiring");
});
