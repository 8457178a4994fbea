// Cuts `payload` at each `separator` (a regular expression, a line break by default) into `lines`.
function main ({ payload = '', separator = '\r?\n' }) {
  return { lines: String(payload).split(new RegExp(separator)), payload }
}
