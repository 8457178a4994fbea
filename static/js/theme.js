// The theme: system, light or dark, kept in a cookie so that the server renders it without a flash.
// Loaded before the page is drawn; marks the root as scripted as well.

(() => {
  "use strict";
  const THEMES = ["system", "light", "dark"];
  const ICONS = { system: "monitor", light: "sun", dark: "moon" };
  const YEAR_SECONDS = 31_536_000;
  const root = document.documentElement;
  root.classList.add("js");

  function show(theme) {
    root.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.title = `Theme: ${theme}`;
      button.setAttribute("aria-label", `Theme: ${theme}`);
      const use = button.querySelector("use");
      if (use) use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${ICONS[theme]}`));
    }
  }

  function next() {
    const theme = THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % THEMES.length];
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${theme}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax${secure}`;
    show(theme);
  }

  document.addEventListener("DOMContentLoaded", () => show(root.dataset.theme || "system"));
  document.addEventListener("theme:next", next);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-theme-toggle]")) next();
  });
})();
