// Turns <textarea data-editor="javascript|python|json"> into a CodeMirror editor. The textarea stays in the form
// and always holds the text; without this script it is simply typed into.

import { autocompletion, closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import { json } from "@codemirror/lang-json";
import { python } from "@codemirror/lang-python";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { linter, lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  placeholder,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { mistakeIn } from "./json-mistake.js";

const ESCAPE_THEN_TAB_MS = 4000;
const LANGUAGES = { javascript: () => javascript(), python: () => python(), json: () => json() };

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.bool, tags.null, tags.self], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--code-string)" },
  { tag: tags.number, color: "var(--code-number)" },
  { tag: tags.comment, color: "var(--code-comment)", fontStyle: "italic" },
  { tag: [tags.function(tags.variableName), tags.definition(tags.variableName)], color: "var(--code-function)" },
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--code-function)" },
  { tag: [tags.className, tags.typeName, tags.annotation], color: "var(--code-type)" },
  { tag: tags.invalid, color: "var(--danger)" },
]);

const theme = EditorView.theme({
  "&": { backgroundColor: "var(--surface)", color: "var(--text)", fontSize: "13px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "20px", maxHeight: "60vh" },
  ".cm-content, .cm-gutter": { minHeight: "var(--editor-height)" },
  ".cm-content": { padding: "8px 0", caretColor: "var(--text)" },
  ".cm-placeholder": { color: "var(--muted)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "var(--sunken)", color: "var(--muted)", borderRight: "1px solid var(--border)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--accent) 7%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--accent) 25%, transparent)",
  },
  ".cm-matchingBracket": { backgroundColor: "var(--accent-soft)", outline: "1px solid var(--accent)" },
  ".cm-panels, .cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--text)", borderColor: "var(--border)" },
  ".cm-textfield, .cm-button": { backgroundImage: "none", backgroundColor: "var(--surface)", color: "var(--text)", borderColor: "var(--border-strong)" },
});

/** The language for a kind such as `python:3` or `nodejs:20`, or null for what has no highlighting. */
function languageOfKind(kind) {
  if (/^python/i.test(kind)) return "python";
  if (/^(nodejs|javascript)/i.test(kind)) return "javascript";
  return null;
}

/** The first mistake in a JSON text as {line, column, message}, or null. */
function firstMistake(view) {
  const mistake = mistakeIn(view.state.doc.toString());
  if (!mistake) return null;
  const line = view.state.doc.lineAt(mistake.at);
  return { line: line.number, column: mistake.at - line.from + 1, message: mistake.message };
}

/** The same as a mark in the text. */
function markMistake(view) {
  const mistake = mistakeIn(view.state.doc.toString());
  return mistake ? [{ from: mistake.at, to: mistake.at, severity: "error", message: mistake.message }] : [];
}

// Tab indents, as people expect in code, unless Escape was pressed just before: then it leaves the editor.
function tabKeys(status) {
  let leaveUntil = 0;
  const leaving = () => Date.now() < leaveUntil;
  const escape = () => {
    leaveUntil = Date.now() + ESCAPE_THEN_TAB_MS;
    status.hint("Tab now leaves.");
    return false;
  };
  const tab = (command) => (view) => !leaving() && !view.state.readOnly && command(view);
  return keymap.of([
    { key: "Escape", run: escape },
    { key: "Tab", run: tab(indentMore), shift: tab(indentLess) },
  ]);
}

/** The line below the editor: where the cursor is, and what is wrong. */
function statusLine() {
  const element = document.createElement("div");
  const left = document.createElement("span");
  const right = document.createElement("span");
  element.className = "editor__status";
  element.append(left, right);
  left.setAttribute("aria-live", "polite");
  const idle = "Esc, then Tab leaves.";
  left.textContent = idle;
  return {
    element,
    hint: (text) => (left.textContent = text),
    show(view, language) {
      const { head } = view.state.selection.main;
      const line = view.state.doc.lineAt(head);
      right.textContent = `${line.number}:${head - line.from + 1}`;
      right.title = `Line ${line.number}, column ${head - line.from + 1}`;
      const mistake = language === "json" ? firstMistake(view) : null;
      left.className = mistake ? "error-text" : "key-hint";
      left.textContent = mistake ? `Line ${mistake.line}, column ${mistake.column}: ${mistake.message}.` : idle;
    },
  };
}

function enhance(textarea) {
  const slot = new Compartment();
  const status = statusLine();
  let language = textarea.dataset.editor;
  const extensionOf = (name) => [
    name ? LANGUAGES[name]() : [],
    name === "json" ? linter(markMistake) : [],
    indentUnit.of(name === "python" ? "    " : "  "),
  ];
  const view = new EditorView({
    state: EditorState.create({
      doc: textarea.value,
      extensions: [
        EditorView.cspNonce.of(document.querySelector("script[type=importmap]").nonce),
        slot.of(extensionOf(language)),
        basics(textarea, status),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) write(textarea, update.state.doc.toString());
          if (update.docChanged || update.selectionSet) status.show(update.view, language);
        }),
      ],
    }),
  });
  place(textarea, view, status);
  status.show(view, language);
  followKind(textarea, (name) => {
    language = name;
    view.dispatch({ effects: slot.reconfigure(extensionOf(name)) });
    status.show(view, language);
  });
  // Others (presets, templates, uploads) set the text with this event on the textarea: detail is the new text.
  textarea.addEventListener("editor:set", (event) => {
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: event.detail } });
  });
}

function basics(textarea, status) {
  return [
    lineNumbers(),
    history(),
    drawSelection(),
    highlightSpecialChars(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSelectionMatches(),
    bracketMatching(),
    closeBrackets(),
    indentOnInput(),
    autocompletion({ activateOnTyping: false }),
    syntaxHighlighting(colours),
    theme,
    EditorState.readOnly.of(textarea.readOnly),
    EditorState.tabSize.of(4),
    textarea.placeholder ? placeholder(textarea.placeholder) : [],
    EditorView.contentAttributes.of(names(textarea)),
    tabKeys(status),
    keymap.of([...closeBracketsKeymap, ...defaultKeymap.filter((binding) => binding.key !== "Mod-Enter"), ...historyKeymap, ...searchKeymap, ...lintKeymap]),
  ];
}

function names(textarea) {
  const attributes = { tabindex: "0", "aria-label": textarea.labels[0]?.firstChild?.textContent?.trim() || "Code" };
  const described = textarea.getAttribute("aria-describedby");
  if (described) attributes["aria-describedby"] = described;
  if (textarea.getAttribute("aria-invalid") === "true") attributes["aria-invalid"] = "true";
  return attributes;
}

function write(textarea, text) {
  textarea.value = text;
  textarea.dispatchEvent(new Event("input", { bubbles: true }));
}

function place(textarea, view, status) {
  const frame = document.createElement("div");
  frame.className = `editor editor--${textarea.dataset.editor}`;
  if (textarea.getAttribute("aria-invalid") === "true") frame.dataset.invalid = "";
  frame.append(view.dom, status.element);
  textarea.before(frame);
  textarea.hidden = true;
  // A hidden field cannot show the browser's own "please fill in"; the server says it beside the field.
  textarea.required = false;
  for (const label of textarea.labels) label.addEventListener("click", () => view.focus());
}

function followKind(textarea, setLanguage) {
  const select = textarea.dataset.editorKind && document.querySelector(textarea.dataset.editorKind);
  if (!select) return;
  const follow = () => setLanguage(languageOfKind(select.value));
  select.addEventListener("change", follow);
  follow();
}

function enhanceAll(root) {
  for (const textarea of root.querySelectorAll("textarea[data-editor]:not([hidden])")) enhance(textarea);
}

document.addEventListener("htmx:load", (event) => enhanceAll(event.detail.elt.parentElement ?? document));
enhanceAll(document);
