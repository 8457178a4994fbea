// Returns what it was given.
function main (args) {
  return args
}
