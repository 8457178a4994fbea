// Runs many commands of Adobe's CLI in one process, since a start of `aio` costs a second of processor time.
// In, on the file descriptor named by the first argument: a line of JSON `{"argv": […], "cwd": "…"}`.
// Out: a line `{"code": 0, "stdout": "…", "stderr": "…"}`. Standard input is not ours: oclif looks there for arguments.
'use strict'
const fs = require('fs')
const path = require('path')
const readline = require('readline')
const oclif = require('@oclif/core')
const writeManifest = require('./manifest')

const root = path.dirname(require.resolve('@adobe/aio-cli-plugin-runtime/package.json'))
const streams = { stdout: process.stdout, stderr: process.stderr }
const answer = process.stdout.write.bind(process.stdout)

function listen () {
  const said = { stdout: '', stderr: '' }
  const originals = {}
  for (const [name, stream] of Object.entries(streams)) {
    originals[name] = stream.write
    stream.write = (text, ...rest) => {
      said[name] += text
      const written = rest.pop()
      if (typeof written === 'function') written()
      return true
    }
  }
  return { said, stop: () => { for (const name in streams) streams[name].write = originals[name] } }
}

async function execute (config, { argv, cwd }) {
  process.chdir(cwd)
  const { said, stop } = listen()
  let code = 0
  try {
    await oclif.run(argv, config)
  } catch (error) {
    code = error.oclif?.exit ?? 1
    said.stderr += `${error.message}\n`
  } finally {
    stop()
  }
  return { code, ...said }
}

async function main () {
  await writeManifest(root)
  const config = await oclif.Config.load({ root })
  const input = fs.createReadStream(null, { fd: Number(process.argv[2]) })
  for await (const line of readline.createInterface({ input })) {
    answer(JSON.stringify(await execute(config, JSON.parse(line))) + '\n')
  }
}

main()
