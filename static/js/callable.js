// Giving an action a URL: the written code follows the choice about GET, as long as nobody has changed it.

function text(id) {
  return document.getElementById(id)?.content.textContent ?? "";
}

document.addEventListener("change", (event) => {
  if (event.target.id !== "id_allows_get") return;
  const code = document.getElementById("id_code");
  const [wanted, other] = event.target.checked ? ["code-for-get", "code-for-post"] : ["code-for-post", "code-for-get"];
  if (code.value.trim() !== text(other).trim()) return;
  code.dispatchEvent(new CustomEvent("editor:set", { detail: text(wanted) }));
});
