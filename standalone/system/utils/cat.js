// Joins `lines` to one text, `payload`.
function main ({ lines, payload }) {
  const list = Array.isArray(lines) ? lines : [lines ?? payload ?? '']
  return { lines: list, payload: list.join('\n') }
}
