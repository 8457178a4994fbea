// Giving an action a URL: the written code follows the choice about GET, as long as nobody has changed it.

function text(id) {
  return document.getElementById(id)?.content.textContent ?? "";
}

function follow() {
  const choice = document.getElementById("id_allows_get");
  const code = document.getElementById("id_code");
  if (!choice || !code) return;
  const [wanted, other] = choice.checked ? ["code-for-get", "code-for-post"] : ["code-for-post", "code-for-get"];
  if (code.value.trim() !== text(other).trim()) return;
  code.dispatchEvent(new CustomEvent("editor:set", { detail: text(wanted) }));
}

document.addEventListener("change", (event) => {
  if (event.target.id === "id_allows_get") follow();
});
// Whoever is quick chooses before this script is here.
follow();
