// Copies: [data-copy="text"], [data-copy-from="#id"]; saves: [data-download-from="#id" data-filename]; tree paths.

const TICK_MS = 1500;

function textOf(selector) {
  const source = document.querySelector(selector);
  if (source instanceof HTMLTemplateElement) return source.content.textContent;
  return source.value ?? source.textContent;
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Plain HTTP on another host than localhost has no clipboard API.
    const area = Object.assign(document.createElement("textarea"), { value: text, className: "visually-hidden" });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  tick(button);
}

function tick(button) {
  announce("Copied");
  const use = button.querySelector("use");
  if (!use || button.classList.contains("is-copied")) return;
  const before = use.getAttribute("href");
  use.setAttribute("href", before.replace(/#.*/, "#check"));
  button.classList.add("is-copied");
  setTimeout(() => {
    use.setAttribute("href", before);
    button.classList.remove("is-copied");
  }, TICK_MS);
}

function announce(text) {
  let region = document.getElementById("announcer");
  if (!region) {
    region = Object.assign(document.createElement("div"), { id: "announcer", className: "visually-hidden" });
    region.setAttribute("role", "status");
    document.body.append(region);
  }
  region.textContent = text;
  setTimeout(() => (region.textContent = ""), TICK_MS);
}

function save(text, name) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), TICK_MS);
}

// A key of a JSON tree copies the path to its value: result.items[3].name
function pathOf(key) {
  const steps = [];
  for (let entry = key.closest("li"); entry; entry = entry.parentElement.closest("li")) {
    const name = entry.querySelector(":scope > .json-tree__key, :scope > details > summary > .json-tree__key")?.textContent;
    if (name === undefined) steps.unshift(`[${[...entry.parentElement.children].indexOf(entry)}]`);
    else steps.unshift(/^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`);
  }
  return steps.join("").replace(/^\./, "");
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from], [data-download-from]");
  const key = event.target.closest(".json-tree__key");
  if (button?.dataset.copy !== undefined) copy(button.dataset.copy, button);
  else if (button?.dataset.copyFrom) copy(textOf(button.dataset.copyFrom), button);
  else if (button) save(textOf(button.dataset.downloadFrom), button.dataset.filename || "overtime.txt");
  else if (key) {
    // The key of an object lies in its summary, which would open or close it.
    event.preventDefault();
    copy(pathOf(key), key);
  }
});
