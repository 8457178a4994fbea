// Runs inside an action's own process: reads commands as JSON lines from one pipe, answers on another.
// Behaviour follows apache/openwhisk-runtime-nodejs (core/nodejsActionBase: runner.js, src/service.js).
'use strict'

const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const vm = require('node:vm')
const { createRequire } = require('node:module')
const { AsyncLocalStorage } = require('node:async_hooks')

const [commandFd, replyFd] = process.argv.slice(2, 4).map(Number)
const MARK = process.argv[4]
const RESULT_LIMIT_BYTES = Number(process.argv[5])
process.argv.length = 2

const streams = [process.stdout, process.stderr].map(stream => ({ stream, write: stream.write.bind(stream) }))
const exit = process.exit.bind(process)
const runs = new AsyncLocalStorage()
let handler

// Blocking on purpose: what was answered has left the process before user code can end it.
function reply (line) {
  const bytes = Buffer.from(line + '\n')
  for (let sent = 0; sent < bytes.length;) sent += fs.writeSync(replyFd, bytes, sent)
}

function endOfLogs (id) {
  for (const { write } of streams) write(`${MARK}-${id}\n`)
}

// With several runs in one process every write is preceded, where the run changes, by a mark naming it.
function attributeOutput () {
  for (const { stream, write } of streams) {
    let last
    stream.write = (chunk, ...rest) => {
      const id = runs.getStore()
      if (id !== undefined && id !== last) write(`${MARK}+${last = id}\n`)
      return write(chunk, ...rest)
    }
  }
}

function setEnvironment (values, prefix) {
  for (const [key, value] of Object.entries(values)) {
    process.env[prefix ? prefix + key.toUpperCase() : key] = typeof value === 'string' ? value : JSON.stringify(value)
  }
}

function evaluate (code, main) {
  const file = path.join(process.cwd(), 'action.js')
  const module = { exports: {} }
  // The newline ends a trailing line comment; a local `main` wins over an exported one, as in the original.
  const body = `${code}\ntry { return ${main} } catch (e) {
    if (e.name === 'ReferenceError') return module.exports.${main} || exports.${main}
    throw e
  }`
  const options = { filename: file }
  if (vm.constants && vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER) {
    options.importModuleDynamically = vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER
  }
  const names = ['require', 'module', 'exports', '__filename', '__dirname']
  const program = vm.compileFunction(body, names, options)
  return program.call(module.exports, createRequire(file), module, module.exports, file, process.cwd())
}

async function load (directory, main) {
  const parts = main.split('.')
  const file = parts.length > 1 ? parts.shift() : undefined
  process.chdir(directory)
  if (!file && !fs.existsSync('package.json') && !fs.existsSync('index.js')) {
    throw new Error('Zipped actions must contain either package.json or index.js at the root.')
  }
  const exported = await loadModule(path.join(directory, file || ''))
  return parts.reduce((found, part) => found === undefined ? found : found[part], exported)
}

async function loadModule (target) {
  const require = createRequire(path.join(process.cwd(), 'index.js'))
  try {
    return require(target)
  } catch (error) {
    if (error.code !== 'ERR_REQUIRE_ESM' && error.code !== 'ERR_REQUIRE_ASYNC_MODULE') throw error
    return import(require.resolve(target))
  }
}

async function initialise ({ code, directory, main, env, concurrent }) {
  setEnvironment(env, '')
  if (concurrent) attributeOutput()
  const found = directory ? await load(directory, main) : evaluate(code, main)
  if (typeof found !== 'function') throw new Error(`Action entrypoint '${main}' is not a function.`)
  handler = found
}

// As the npm module serialize-error does: own properties, the usual ones of Error, no cycles.
function serializeError (value, above = []) {
  if (typeof value === 'function') return `[Function: ${value.name || 'anonymous'}]`
  if (value === null || typeof value !== 'object') return value
  const copy = Array.isArray(value) ? [] : {}
  for (const [key, item] of Object.entries(value)) {
    copy[key] = [value, ...above].includes(item) ? '[Circular]' : serializeError(item, [value, ...above])
  }
  for (const key of ['name', 'message', 'stack', 'code']) if (typeof value[key] === 'string') copy[key] = value[key]
  return copy
}

// A synchronous throw is the developer's error, a rejected promise an application error.
async function outcomeOf (args) {
  let returned
  try {
    returned = handler(args)
  } catch (error) {
    console.error(error)
    return { error: `An error has occurred: ${error}` }
  }
  let result
  try {
    result = await returned
  } catch (error) {
    return { result: { error: error ? serializeError(error) : {} } }
  }
  if (result === undefined) return { result: {} }
  if (typeof result !== 'object') {
    console.error(`Result must be of type object but has type "${typeof result}":`, result)
    return { error: 'The action did not return a dictionary.' }
  }
  return { result }
}

// The line that tells the server, and whether it ends this process as soon as it has read it.
function answerOf (id, outcome) {
  if (outcome.error !== undefined) return { last: true, line: JSON.stringify({ id, error: outcome.error }) }
  let text
  try {
    text = JSON.stringify(outcome.result) ?? 'null'
  } catch (error) {
    return { last: true, line: JSON.stringify({ id, invalid: String(error) }) }
  }
  const size = Buffer.byteLength(text)
  if (size > RESULT_LIMIT_BYTES) {
    const truncated = Buffer.from(text).toString('utf8', 0, RESULT_LIMIT_BYTES)
    return { last: false, line: JSON.stringify({ id, size, truncated }) }
  }
  return { last: text[0] !== '{' && text[0] !== '[', line: `{"id":"${id}","result":${text}}` }
}

async function onInit (message) {
  try {
    await initialise(message)
  } catch (error) {
    const reason = error && error.stack ? String(error.stack) : String(error)
    console.error('Error during initialization:', reason)
    endOfLogs(message.id)
    return reply(JSON.stringify({ id: 'init', error: `Initialization has failed due to: ${reason}` }))
  }
  reply('{"id":"init"}')
}

async function onRun ({ value, ...context }) {
  const id = context.activation_id
  setEnvironment(context, '__OW_')
  const outcome = await runs.run(id, outcomeOf, value)
  const { line, last } = answerOf(id, outcome)
  // Somebody may wait for the result, nobody for the logs.
  if (last) endOfLogs(id)
  reply(line)
  if (!last) endOfLogs(id)
}

function onLine (line) {
  const message = JSON.parse(line)
  return message.init ? onInit(message.init) : onRun(message.run)
}

let pending = []
const commands = new net.Socket({ fd: commandFd, readable: true, writable: false })
commands.on('data', chunk => {
  for (let end; (end = chunk.indexOf(10)) >= 0; chunk = chunk.subarray(end + 1)) {
    const line = Buffer.concat([...pending, chunk.subarray(0, end)]).toString()
    pending = []
    onLine(line)
  }
  if (chunk.length) pending.push(chunk)
})
commands.on('end', () => exit(0)) // the server is gone: nobody would read an answer
commands.on('error', () => exit(0))
reply('{"id":"ready"}')
