// A feed of /whisk.system/alarms: tells the server which trigger to fire, and when. KIND is alarm, interval or once.
const METHODS = { CREATE: 'PUT', UPDATE: 'PATCH', READ: 'GET', DELETE: 'DELETE' }

async function main ({ lifecycleEvent = 'CREATE', triggerName, authKey, ...parameters }) {
  const method = METHODS[lifecycleEvent]
  if (!method) return { error: 'unsupported lifecycleEvent' }
  // As OpenWhisk's feeds read it: a name that begins with no slash is one of the caller's own triggers.
  const name = String(triggerName)
  const [namespace, trigger] = (name[0] === '/' ? name.slice(1) : `_/${name}`).split('/').map(encodeURIComponent)
  const response = await fetch(`${process.env.__OW_API_HOST}/standalone/alarms/${namespace}/${trigger}`, {
    method,
    headers: {
      Authorization: 'Basic ' + Buffer.from(String(authKey)).toString('base64'),
      'Content-Type': 'application/json'
    },
    body: method.startsWith('P') ? JSON.stringify({ kind: KIND, parameters }) : undefined
  })
  const answer = await response.json()
  return response.ok ? answer : { error: { error: answer.error } }
}
