// Forms: confirmation, one submission only, Ctrl-Enter, instant filters. Works on plain and on htmx forms.

const BUSY_WORD = "Sending…";

function submitButtons(form) {
  return [...form.elements].filter((element) => element.type === "submit");
}

function setBusy(form, pressed) {
  const button = pressed || submitButtons(form)[0];
  if (!button || button.dataset.idleText !== undefined) return;
  button.setAttribute("aria-busy", "true");
  const label = [...button.childNodes].findLast((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  if (!label) return;
  button.dataset.idleText = label.data;
  label.data = button.dataset.busyText || BUSY_WORD;
}

function setIdle(form) {
  delete form.dataset.busy;
  for (const button of submitButtons(form)) {
    button.removeAttribute("aria-busy");
    const label = [...button.childNodes].findLast((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (button.dataset.idleText !== undefined && label) label.data = button.dataset.idleText;
    delete button.dataset.idleText;
  }
}

// A live page may have replaced a form while its question was open; a browser sends only what is in the page.
function putBack(form) {
  form.hidden = true;
  document.body.append(form);
  window.htmx?.process(form);
}

async function confirmed(source) {
  const dialog = document.getElementById("confirm-dialog");
  const { confirm, confirmTitle, confirmButton, confirmDanger } = source.dataset;
  dialog.querySelector("#confirm-title").textContent = confirmTitle || "Are you sure?";
  dialog.querySelector("#confirm-text").textContent = confirm;
  const button = dialog.querySelector("#confirm-button");
  button.textContent = confirmButton || "Continue";
  button.classList.toggle("button--danger", confirmDanger !== undefined);
  button.classList.toggle("button--primary", confirmDanger === undefined);
  dialog.returnValue = "";
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  return dialog.returnValue === "confirm";
}

// Capture: before htmx and before the browser see the event.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    const source = [event.submitter, form].find((element) => element?.dataset.confirm !== undefined);
    if (form.method === "dialog") return;
    if (form.dataset.busy !== undefined) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else if (source && form.dataset.confirmed === undefined) {
      event.preventDefault();
      event.stopImmediatePropagation();
      const { submitter } = event;
      confirmed(source).then((yes) => {
        if (!yes) return;
        if (!form.isConnected) putBack(form);
        form.dataset.confirmed = "";
        form.requestSubmit(submitter);
        delete form.dataset.confirmed;
      });
    } else if (form.method === "post" || form.hasAttribute("hx-post") || form.hasAttribute("hx-delete")) {
      form.dataset.busy = "";
      // After this event, so that what is sent is what was on the page.
      queueMicrotask(() => setBusy(form, event.submitter));
    }
  },
  true,
);

// A form that rows share, by their buttons: its answer brings the row anew, and the page stays where it is.
document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || !form.matches("[data-in-place]")) return;
  event.preventDefault();
  const link = submitter.closest("tr")?.querySelector(".row-link")?.id;
  await htmx.ajax("POST", submitter.formAction, { source: form, event, swap: "none" });
  // The pressed button is gone with the old row.
  if (link && document.activeElement === document.body) document.getElementById(link)?.focus({ preventScroll: true });
});

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form");
  if (form) setIdle(form);
});

// The browser restored the page (back button): nothing is being sent any more.
addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-busy]").forEach(setIdle);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest?.("form");
  if (form) {
    event.preventDefault();
    form.requestSubmit();
  }
});

// Choices in a filter bar apply at once. Text does so on Enter: its change event comes with the click on something else.
document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-autosubmit]");
  if (!form || !event.target.matches("select, [type=checkbox], [type=radio], [type=date], [type=datetime-local]")) return;
  form.requestSubmit();
});

// Leaving a page with typed and unsaved text asks first.
const dirty = new WeakSet();
document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-warn-unsaved]");
  if (form) dirty.add(form);
});
addEventListener("beforeunload", (event) => {
  const unsaved = [...document.querySelectorAll("form[data-warn-unsaved]")];
  if (unsaved.some((form) => dirty.has(form) && form.dataset.busy === undefined)) event.preventDefault();
});

document.querySelector("[aria-invalid='true']")?.focus({ preventScroll: false });
