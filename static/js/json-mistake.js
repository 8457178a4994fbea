// Where a JSON text is wrong, in the words of the server's own check (runtime_app/forms/json_fields.py).
// Browsers say what is wrong but, with short texts, no longer where.

const REASONS = {
  key: "a key in double quotes belongs here; a comma before } is one too many",
  colon: "a colon is missing after the key",
  value: "a value belongs here: text in double quotes, a number, true, false, null, { or [",
  comma: "a comma or a closing bracket is missing before this",
  rest: "the JSON has ended before this; remove the rest",
  quotes: 'JSON wants double quotes (") instead of single ones',
  end: "the text ends too early; a closing bracket or value is missing",
  open: "the text that begins here has no closing double quote",
  control: "a line break or tab inside a text is written as \\n or \\t",
  escape: "this backslash sequence is not known in JSON",
  depth: "this is nested too deeply",
};
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const STRING_PIECE = /[^"\\\u0000-\u001f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SPACE = /[ \t\n\r]*/y;

class Mistake extends Error {
  constructor(at, reason) {
    super(REASONS[reason]);
    this.at = at;
  }
}

class Reader {
  at = 0;

  constructor(text) {
    this.text = text;
  }

  get here() {
    return this.text[this.at];
  }

  take(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.test(this.text);
    if (found) this.at = pattern.lastIndex;
    return found;
  }

  wanted(reason) {
    const seen = { "'": "quotes", undefined: "end" }[this.here];
    throw new Mistake(this.at, seen ?? reason);
  }

  document() {
    this.value();
    if (this.here !== undefined) throw new Mistake(this.at, "rest");
  }

  value() {
    this.take(SPACE);
    if (this.here === "{") this.members("}", () => this.pair());
    else if (this.here === "[") this.members("]", () => this.value());
    else if (this.here === '"') this.string();
    else if (!this.take(SCALAR)) this.wanted("value");
    this.take(SPACE);
  }

  members(end, member) {
    this.at += 1;
    this.take(SPACE);
    if (this.here !== end) {
      member();
      while (this.here === ",") {
        this.at += 1;
        member();
      }
      if (this.here !== end) this.wanted("comma");
    }
    this.at += 1;
  }

  pair() {
    this.take(SPACE);
    if (this.here !== '"') this.wanted("key");
    this.string();
    this.take(SPACE);
    if (this.here !== ":") this.wanted("colon");
    this.at += 1;
    this.value();
  }

  string() {
    const opened = this.at;
    this.at += 1;
    while (this.take(STRING_PIECE));
    if (this.here === undefined) throw new Mistake(opened, "open");
    if (this.here !== '"') throw new Mistake(this.at, this.here === "\\" ? "escape" : "control");
    this.at += 1;
  }
}

/** The first mistake in a JSON text as {at, message}, or null. Empty text is no mistake. */
export function mistakeIn(text) {
  if (!text.trim()) return null;
  try {
    new Reader(text).document();
    return null;
  } catch (error) {
    return error instanceof Mistake ? error : new Mistake(0, "depth");
  }
}
