// Runs one command of Adobe's CLI as `aio` would: the runtime plugin under its own oclif, without the other plugins.
'use strict'
const path = require('path')
const oclif = require('@oclif/core')
const writeManifest = require('./manifest')

const root = path.dirname(require.resolve('@adobe/aio-cli-plugin-runtime/package.json'))
writeManifest(root).then(() => oclif.run(process.argv.slice(2), { root })).then(() => oclif.flush()).catch(oclif.Errors.handle)
