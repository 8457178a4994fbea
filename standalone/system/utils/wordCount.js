// How many words `payload` has.
function main ({ payload = '' }) {
  return { count: String(payload).split(/\s+/).filter(Boolean).length }
}
