'use strict'
const { Database } = require('node-sqlite3-wasm')

const DIGITS = { USD: 2, KRW: 0, KWD: 3 }
const small = (amount, currency) => Math.round(Number(amount) * 10 ** DIGITS[currency])
const large = (units, currency) => Number((units / 10 ** DIGITS[currency]).toFixed(DIGITS[currency]))

class Store {
  constructor (file) {
    this.db = new Database(file)
    this.db.exec(`create table if not exists orders (
      code text primary key, tea text, name text, email text, currency text, price integer, status text default 'new', imp_uid text,
      paid integer default 0, returned integer default 0, wanted integer, unclear integer default 0, packed integer default 0);
      create table if not exists todo (code text, text text, unique (code, text))`)
  }

  add (order) {
    const { code, tea, name, email, currency, price } = order
    this.db.run('insert into orders (code, tea, name, email, currency, price) values (?, ?, ?, ?, ?, ?)', [code, tea, name, email, currency, price])
  }

  get (code) { return this.db.get('select * from orders where code = ?', [String(code)]) }
  all () { return this.db.all('select * from orders order by rowid desc limit 100') }
  todo (code) { return this.db.all('select text from todo where code = ?', [code]).map((row) => row.text) }
  set (code, fields) {
    const names = Object.keys(fields)
    this.db.run(`update orders set ${names.map((name) => `${name} = ?`).join(', ')} where code = ?`, [...Object.values(fields), code])
  }

  // Synchronous from the first line to the last: no other result comes between.
  learn (payment) {
    const order = this.get(String(payment.merchant_uid).replace(/^tea_/, ''))
    if (!order) return
    if (payment.status === 'failed' && order.status === 'new') this.set(order.code, { status: 'failed' })
    if (!['paid', 'cancelled'].includes(payment.status)) return
    if (order.imp_uid && order.imp_uid !== payment.imp_uid) return this.note(order, payment, 'paid twice')
    if (payment.currency !== order.currency || small(payment.amount, order.currency) !== order.price) {
      return this.note(order, payment, `paid ${payment.amount} ${payment.currency}`)
    }
    const returned = Math.max(order.returned, small(payment.cancel_amount || 0, order.currency))
    const gone = payment.status === 'cancelled' || order.status === 'refunded' || returned >= order.price
    const waits = !gone && order.wanted !== null && returned < order.wanted
    this.set(order.code, {
      imp_uid: payment.imp_uid, paid: order.price, returned: gone ? order.price : returned,
      status: gone ? 'refunded' : waits ? 'refunding' : returned ? 'partly refunded' : 'paid',
      wanted: waits ? order.wanted : null, unclear: waits ? order.unclear : 0,
      packed: order.packed + (!order.imp_uid && !gone ? 1 : 0)
    })
  }

  note (order, payment, what) {
    if (payment.status === 'paid') this.db.run('insert or ignore into todo values (?, ?)', [order.code, `${what}: return ${payment.imp_uid}`])
  }

  // Claims the refund for whoever comes first; what is wrong with it otherwise.
  claim (code, amount) {
    const order = this.get(code)
    const left = order.paid - order.returned
    const units = amount === undefined || amount === '' ? left : small(amount, order.currency)
    if (!order.imp_uid || !left) return { why: 'There is nothing to refund.' }
    if (order.status === 'refunding' && !order.unclear) return { why: 'A refund is under way.' }
    if (!(units > 0 && units <= left)) return { why: `At most ${large(left, order.currency)} ${order.currency}.` }
    this.set(code, { status: 'refunding', wanted: order.returned + units, unclear: 0 })
    const fields = { imp_uid: order.imp_uid, amount: large(units, order.currency), checksum: large(left, order.currency) }
    const back = order.returned ? 'partly refunded' : 'paid'
    return { fields, release: () => this.get(code).status === 'refunding' && this.set(code, { status: back, wanted: null }) }
  }
}

module.exports = { Store, small, large }
