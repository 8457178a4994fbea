// Until the page's other scripts are here, nothing that asks "Are you sure?" is sent without asking.
// Loaded before the page is drawn.

(() => {
  "use strict";
  let isReady = false;
  const held = new Map();

  // Deferred scripts and modules have run by then.
  document.addEventListener("DOMContentLoaded", () => {
    isReady = true;
    for (const [form, submitter] of held) form.requestSubmit(submitter);
  });

  document.addEventListener(
    "submit",
    (event) => {
      const { target: form, submitter } = event;
      if (isReady || ![submitter, form].some((element) => element?.dataset.confirm !== undefined)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      held.set(form, submitter);
    },
    true,
  );
})();
