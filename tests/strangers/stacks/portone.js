'use strict'
// PortOne V1. `No` is a refusal, `Silence` everything that leaves open what happened.
class No extends Error {}
class Silence extends Error {}

let ticket = null // { token, until }

async function raw(method, path, body, headers = {}) {
  let response, answer
  try {
    response = await fetch(process.env.STACKS_PORTONE + path, {
      method,
      headers: { ...headers, ...(body ? { 'Content-Type': 'application/json' } : {}) },
      body: body ? JSON.stringify(body) : undefined,
      signal: AbortSignal.timeout(Number(process.env.STACKS_PATIENCE_MS || 4000)),
    })
    answer = await response.json()
  } catch (error) {
    throw new Silence(error.message)
  }
  if (response.status === 401) return { unauthorised: true }
  if (response.status === 404) return { payment: null }
  if (response.status >= 500 || !answer || typeof answer.code !== 'number') throw new Silence(`HTTP ${response.status}`)
  if (answer.code !== 0) throw new No(answer.message || `code ${answer.code}`)
  if (!answer.response) throw new Silence('an answer without content')
  return { payment: answer.response }
}

async function token() {
  if (ticket && ticket.until > Date.now()) return ticket.token
  const keys = { imp_key: process.env.STACKS_KEY, imp_secret: process.env.STACKS_SECRET }
  const { payment: got } = await raw('POST', '/users/getToken', keys)
  if (!got) throw new Silence('no token')
  ticket = { token: got.access_token, until: Date.now() + 20 * 60 * 1000 }
  return ticket.token
}

async function call(method, path, body) {
  for (let attempt = 0; attempt < 2; attempt++) {
    const answer = await raw(method, path, body, { Authorization: `Bearer ${await token()}` })
    if (!answer.unauthorised) return answer.payment
    ticket = null
  }
  throw new Silence('PortOne takes no token')
}

const asksForTests = process.env.STACKS_LIVE === 'yes' ? '' : '?include_sandbox=true'

module.exports = {
  No, Silence,
  payment: (imp_uid) => call('GET', `/payments/${encodeURIComponent(imp_uid)}${asksForTests}`),
  find: (uid) => call('GET', `/payments/find/${encodeURIComponent(uid)}?sorting=-started`),
  register: (uid, amount, currency) => call('POST', '/payments/prepare', { merchant_uid: uid, amount, currency })
    .catch((error) => { if (!(error instanceof No)) throw error }),
  cancel: (fields) => call('POST', '/payments/cancel', fields),
}
