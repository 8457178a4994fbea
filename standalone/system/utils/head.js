// The first `num` of `lines`, one by default.
function main ({ lines = [], num = 1 }) {
  return { lines: lines.slice(0, num), num }
}
