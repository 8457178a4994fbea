// Writes oclif's list of the plugin's commands once. Without it each start loads all of them to run one of them.
'use strict'
const fs = require('fs')
const path = require('path')
const oclif = require('@oclif/core')

module.exports = async root => {
  const file = path.join(root, 'oclif.manifest.json')
  if (fs.existsSync(file)) return
  const plugin = new oclif.Plugin({ root, type: 'core' })
  await plugin.load()
  // Several processes may be here at once: none may read half a list.
  const draft = `${file}.${process.pid}`
  fs.writeFileSync(draft, JSON.stringify(plugin.manifest))
  fs.renameSync(draft, file)
}
