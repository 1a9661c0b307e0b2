// Talks to i'mport's REST API. A token is fetched for every call, so none is ever old.
const env = process.env

export class Declined extends Error {}
export class Unknown extends Error {}

async function http(path, { method = 'GET', body, token } = {}) {
  const headers = { ...(token && { authorization: token }), ...(body && { 'content-type': 'application/json' }) }
  let answer, json
  try {
    answer = await fetch(env.LEAFY_IAMPORT + path, {
      method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(Number(env.LEAFY_TIMEOUT ?? 3000)),
    })
    json = await answer.json()
  } catch (cause) {
    throw new Unknown(`${method} ${path}: ${cause.message}`)
  }
  if (!Number.isInteger(json?.code) || answer.status >= 500 || answer.status === 401) {
    throw new Unknown(`${method} ${path}: HTTP ${answer.status}`)
  }
  if (json.code !== 0) throw Object.assign(new Declined(json.message ?? 'no reason'), { status: answer.status })
  if (!json.response) throw new Unknown(`${method} ${path}: nothing in it`)
  return json.response
}

async function api(path, options) {
  const body = { imp_key: env.LEAFY_KEY, imp_secret: env.LEAFY_SECRET }
  const { access_token: token } = await http('/users/getToken', { method: 'POST', body })
  return http(path, { ...options, token })
}

const nothing = (error) => {
  if (error instanceof Declined && error.status === 404) return null
  throw error instanceof Declined ? new Unknown(error.message) : error
}

const sandbox = env.LEAFY_STAGE === 'live' ? '' : '?include_sandbox=true'
export const payment = (uid) => api(`/payments/${encodeURIComponent(uid)}${sandbox}`).catch(nothing)
export const find = (merchantUid) => api(`/payments/find/${encodeURIComponent(merchantUid)}?sorting=-started`).catch(nothing)
export const prepare = (body) =>
  api('/payments/prepare', { method: 'POST', body }).catch((error) => {
    if (!(error instanceof Declined)) throw error // prepared before
  })
export const cancel = (body) => api('/payments/cancel', { method: 'POST', body })
