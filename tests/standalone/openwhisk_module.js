// Calls every method of the npm module `openwhisk` against a running server and prints what came back as JSON.
// Arguments: the folder of node_modules, the server's URL, the API key.
'use strict'
const [modules, apihost, apiKey] = process.argv.slice(2)
const openwhisk = require(modules + '/openwhisk')
const ow = openwhisk({ apihost, api_key: apiKey })

const verbs = ['list', 'get', 'create', 'update', 'delete', 'invoke', 'enable', 'disable', 'logs', 'result']
const offered = []
const called = new Set()
for (const [group, methods] of Object.entries(ow)) {
  for (const verb of verbs.filter(verb => typeof methods[verb] === 'function')) {
    const name = `${group}.${verb}`
    const original = methods[verb]
    offered.push(name)
    methods[verb] = function (...args) {
      called.add(name)
      return original.apply(this, args)
    }
  }
}

const action = 'function main(args) { console.log("by sdk"); return args }'
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

async function record (name) {
  for (;;) {
    try { return await ow.activations.get({ name }) } catch (error) { if (error.statusCode !== 404) throw error }
    await pause(20)
  }
}

async function refusal (promise) {
  try { await promise } catch (error) { return { statusCode: error.statusCode, error: error.error, message: error.message } }
}

async function main () {
  const seen = {}
  seen.namespaces = await ow.namespaces.list()
  seen.created = await ow.actions.create({ name: 'sdk-a', action, kind: 'nodejs:default', params: { p: 1 } })
  seen.again = await refusal(ow.actions.create({ name: 'sdk-a', action }))
  seen.updated = await ow.actions.update({ name: 'sdk-a', action, limits: { timeout: 5000 } })
  seen.got = await ow.actions.get('sdk-a')
  seen.listed = await ow.actions.list({ limit: 1 })
  seen.invoked = await ow.actions.invoke({ name: 'sdk-a', params: { n: 1 } })
  seen.result = await ow.actions.invoke({ name: 'sdk-a', blocking: true, result: true, params: { n: 2 } })
  seen.failed = await refusal(ow.actions.invoke({ name: 'sdk-a', blocking: true, params: { error: 'mine' } }))
  seen.record = await record(seen.invoked.activationId)
  seen.logs = await ow.activations.logs({ name: seen.invoked.activationId })
  seen.activationResult = await ow.activations.result({ name: seen.invoked.activationId })
  seen.activations = await ow.activations.list({ name: 'sdk-a', limit: 1 })
  seen.package = await ow.packages.create({ name: 'sdk-p', package: { parameters: [{ key: 'q', value: 1 }] } })
  seen.packaged = await ow.actions.create({ name: 'sdk-p/inner', action })
  seen.innerResult = await ow.actions.invoke({ name: 'sdk-p/inner', blocking: true, result: true })
  seen.gotPackage = await ow.packages.get('sdk-p')
  seen.packages = await ow.packages.list()
  seen.packageUpdated = await ow.packages.update({ name: 'sdk-p', package: { publish: true } })
  seen.trigger = await ow.triggers.create({ name: 'sdk-t' })
  seen.unwired = await ow.triggers.invoke({ name: 'sdk-t' })
  seen.rule = await ow.rules.create({ name: 'sdk-r', trigger: 'sdk-t', action: 'sdk-a' })
  seen.triggerUpdated = await ow.triggers.update({ name: 'sdk-t', trigger: { parameters: [{ key: 't', value: 1 }] } })
  seen.ruleUpdated = await ow.rules.update({ name: 'sdk-r', trigger: 'sdk-t', action: 'sdk-a' })
  seen.gotTrigger = await ow.triggers.get('sdk-t')
  seen.fired = await ow.triggers.invoke({ name: 'sdk-t', params: { fired: true } })
  seen.triggerRecord = await record(seen.fired.activationId)
  seen.disabled = [await ow.rules.disable({ name: 'sdk-r' }), await ow.rules.get('sdk-r')]
  seen.enabled = [await ow.rules.enable({ name: 'sdk-r' }), await ow.rules.get('sdk-r')]
  seen.rules = await ow.rules.list()
  seen.triggers = await ow.triggers.list()
  seen.sequence = await ow.actions.create({ name: 'sdk-s', sequence: ['/_/sdk-a', '/_/sdk-p/inner'] })
  seen.sequenceResult = await ow.actions.invoke({ name: 'sdk-s', blocking: true, result: true, params: { s: 1 } })
  seen.feedAction = await ow.actions.create({ name: 'sdk-f', action, annotations: { feed: true } })
  seen.feed = await ow.feeds.create({ feedName: 'sdk-f', trigger: 'sdk-t', params: { every: 5 } })
  seen.feedRead = await ow.feeds.get({ feedName: 'sdk-f', trigger: 'sdk-t' })
  seen.feedUpdated = await ow.feeds.update({ feedName: 'sdk-f', trigger: 'sdk-t', params: { every: 6 } })
  seen.feedDeleted = await ow.feeds.delete({ feedName: 'sdk-f', trigger: 'sdk-t' })
  await ow.actions.update({ name: 'sdk-a', action, annotations: { 'web-export': true } })
  seen.route = await ow.routes.create({ basepath: '/sdk', relpath: '/hello', operation: 'get', action: 'sdk-a' })
  seen.routes = await ow.routes.list()
  seen.gotRoute = await ow.routes.get({ basepath: '/sdk' })
  seen.routeDeleted = await ow.routes.delete({ basepath: '/sdk' })
  seen.noRoutes = await ow.routes.get({ basepath: '/sdk' })
  seen.namespace = await ow.namespaces.get()
  for (const [kind, name] of [['rules', 'sdk-r'], ['triggers', 'sdk-t'], ['actions', 'sdk-s'], ['actions', 'sdk-f'],
    ['actions', 'sdk-p/inner'], ['packages', 'sdk-p'], ['actions', 'sdk-a']]) await ow[kind].delete(name)
  seen.missing = await refusal(ow.actions.get('sdk-a'))
  seen.uncalled = offered.filter(name => !called.has(name))
  process.stdout.write(JSON.stringify(seen))
}

main().catch(error => { console.error(error); process.exit(1) })
