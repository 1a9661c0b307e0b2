'use strict'

class IamportError extends Error {
  constructor (message, { refused = false, status = 0 } = {}) {
    super(message)
    this.refused = refused // iamport said no; otherwise nobody knows what happened
    this.status = status
  }
}

class Iamport {
  constructor ({ url, key, secret, timeout }) {
    Object.assign(this, { url, key, secret, timeout, token: '', expires: 0 })
  }

  async send (method, path, body, token) {
    const headers = {}
    if (body) headers['content-type'] = 'application/x-www-form-urlencoded'
    if (token) headers.authorization = token
    let response, text
    try {
      response = await fetch(this.url + path, { method, headers, body: body && new URLSearchParams(body), signal: AbortSignal.timeout(this.timeout) })
      text = await response.text()
    } catch (error) {
      throw new IamportError(`${path}: ${error.message}`)
    }
    let json = null
    try { json = JSON.parse(text) } catch { /* an error page */ }
    const { status } = response
    if (json === null || typeof json.code !== 'number' || status >= 500) throw new IamportError(`${path}: HTTP ${status}`, { status })
    if (json.code !== 0 || status >= 400) throw new IamportError(String(json.message), { refused: status !== 401, status })
    if (!json.response) throw new IamportError(`${path}: empty`, { status })
    return json.response
  }

  async login () {
    const { access_token: token, expired_at: ends, now } = await this.send('POST', '/users/getToken', { imp_key: this.key, imp_secret: this.secret })
    this.token = token
    this.expires = Date.now() + (ends - now - 30) * 1000
  }

  async call (method, path, body) {
    if (Date.now() > this.expires) await this.login()
    try {
      return await this.send(method, path, body, this.token)
    } catch (error) {
      if (error.status !== 401) throw error
      await this.login()
      return this.send(method, path, body, this.token)
    }
  }

  async ask (path) {
    try {
      return await this.call('GET', path)
    } catch (error) {
      if (error.status === 404) return null
      throw error
    }
  }

  payment (impUid) { return this.ask(`/payments/${encodeURIComponent(impUid)}`) }
  latest (merchantUid) { return this.ask(`/payments/find/${encodeURIComponent(merchantUid)}/?sorting=-updated`) }
  cancel (fields) { return this.call('POST', '/payments/cancel', fields) }

  async announce (merchantUid, amount, currency) {
    try {
      await this.call('POST', '/payments/prepare', { merchant_uid: merchantUid, amount, currency })
    } catch (error) {
      if (!error.refused) throw error // announced already
    }
  }
}

module.exports = { Iamport, IamportError }
