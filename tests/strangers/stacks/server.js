'use strict'
const { fork } = require('node:child_process')
const { randomInt, timingSafeEqual } = require('node:crypto')
const { existsSync, readFileSync, renameSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const express = require('express')
const jobs = require('./jobs')
const portone = require('./portone')

const { STACKS_HTTP, STACKS_DIR, STACKS_CODE, STACKS_CHANNEL, STACKS_INTERNAL, STACKS_KEEPER, STACKS_TILL } = process.env
const BOOK = { title: 'Moby-Dick, worn', price: 9.75, currency: 'USD' }
const FILE = join(STACKS_DIR, 'orders.json')
const orders = new Map(existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : [])
const save = () => {
  writeFileSync(`${FILE}~`, JSON.stringify([...orders]))
  renameSync(`${FILE}~`, FILE)
}
const c = (amount) => Math.round(Number(amount) * 100)

// ------------------------------------------------------------- what PortOne said, as the worker brings it
function takeOver(payment) {
  const order = [...orders.values()].find((one) => one.uid === payment.merchant_uid)
  if (!order) return
  const money = payment.status === 'paid' || payment.status === 'cancelled'
  if (!money) {
    if (payment.status === 'failed' && order.state === 'open') order.state = 'failed'
  } else if (order.imp_uid && order.imp_uid !== payment.imp_uid) {
    remark(order, payment, 'is a second payment')
  } else if (c(payment.amount) !== c(order.price) || payment.currency !== order.currency) {
    remark(order, payment, `is of ${payment.amount} ${payment.currency}`)
  } else {
    const first = order.imp_uid === null
    const back = Math.max(c(payment.cancel_amount || 0), c(order.back))
    const all = payment.status === 'cancelled' || order.state === 'cancelled' || back >= c(order.price)
    Object.assign(order, { imp_uid: payment.imp_uid, paid: payment.amount, back: all ? order.price : back / 100 })
    if (order.asked && (all || back >= c(order.asked.until))) order.asked = null
    order.state = all ? 'cancelled' : order.asked ? 'cancelling' : back > 0 ? 'partly cancelled' : 'paid'
    if (first && !all) order.parcels += 1
  }
  save()
}

function remark(order, payment, what) {
  const text = `${payment.imp_uid} ${what}: send the money back`
  if (payment.status === 'paid' && !order.remarks.includes(text)) order.remarks.push(text)
}

// ------------------------------------------------------------- pages
const esc = (text) => String(text).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
const page = (title, body) => `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>${esc(title)} - Stacks</title><h1>${esc(title)}</h1>${body}</html>`

const app = express()
app.use(express.json({ limit: '200kb' }), express.urlencoded({ extended: false, limit: '200kb' }))
app.param('number', (request, response, next, number) => {
  request.order = orders.get(number)
  return request.order ? next() : response.status(404).send(page('No such order', ''))
})

app.get('/', (request, response) => {
  response.send(page(BOOK.title, `<form method="post" action="/orders">
<label>Name <input name="name" required></label> <label>E-mail <input name="email" type="email" required></label>
<button>Order for ${BOOK.price.toFixed(2)} USD</button></form>`))
})

app.post('/orders', (request, response) => {
  const { name, email } = request.body || {}
  if (!/\S \S/.test(name || '') || !/@/.test(email || '')) return response.status(422).send(page('Who are you?', ''))
  const number = `${Date.now()}${randomInt(1000, 9999)}`
  orders.set(number, { number, uid: `stacks-${number}`, ...BOOK, name, email, state: 'open', imp_uid: null, paid: 0, back: 0,
    asked: null, parcels: 0, remarks: [] })
  save()
  return response.redirect(303, `/orders/${number}/checkout`)
})

app.get('/orders/:number/checkout', async (request, response) => {
  const { order } = request
  if (!['open', 'failed'].includes(order.state)) return response.redirect(`/orders/${order.number}`)
  await portone.register(order.uid, order.price, order.currency)
  const widget = request.query.widget === 't3_1' ? 't3_1' : 'pw_1'
  const wish = { channelKey: STACKS_CHANNEL, merchant_uid: order.uid, name: order.title, amount: order.price, currency: order.currency,
    buyer_name: order.name, buyer_email: order.email, bypass: { widget_code: widget },
    m_redirect_url: `${request.protocol}://${request.get('host')}/orders/${order.number}/back` }
  return response.send(page('Checkout', `<p>${esc(order.title)}: <b id="total">${order.price.toFixed(2)}</b> <span id="currency">USD</span></p>
<p>Order <span id="number">${order.number}</span></p><p id="told" role="alert"></p><button id="go" type="button">Pay by card</button>
<script src="https://cdn.iamport.kr/v1/iamport.js"></script><script>
IMP.init(${JSON.stringify(STACKS_CODE)})
document.getElementById('go').addEventListener('click', () => IMP.request_pay(${JSON.stringify(wish).replace(/</g, '\\u003c')}, (said) => {
  if (said.success) location.href = '/orders/${order.number}/back?imp_uid=' + encodeURIComponent(said.imp_uid)
  else document.getElementById('told').textContent = 'The payment failed: ' + (said.error_msg || 'nobody knows why')
}))
</script>`))
})

// The buyer is back. What really happened the worker finds out; the page waits for it.
app.get('/orders/:number/back', (request, response) => {
  const { imp_uid } = request.query
  if (typeof imp_uid === 'string' && imp_uid && imp_uid !== 'null') jobs.leave({ imp_uid }, 0)
  response.redirect(`/orders/${request.order.number}`)
})

app.get('/orders/:number', (request, response) => {
  const { order } = request
  const words = { open: 'We are waiting for your payment.', failed: 'The payment failed.', paid: 'Thank you, your book is being packed.',
    cancelling: 'Your refund is under way.', 'partly cancelled': 'A part was refunded.', cancelled: 'The order is cancelled.' }
  const again = ['open', 'failed'].includes(order.state) ? `<p><a href="/orders/${order.number}/checkout">Pay by card</a></p>` : ''
  const wait = order.state === 'open' ? '<script>setTimeout(() => location.reload(), 1000)</script>' : ''
  if (!order.imp_uid) jobs.leave({ merchant_uid: order.uid }, 0)
  response.send(page('Your order', `<p>${words[order.state]}</p>${again}${wait}`))
})

// ------------------------------------------------------------- PortOne tells
app.post('/ipn', (request, response) => {
  const imp_uid = (request.body || {}).imp_uid
  if (typeof imp_uid !== 'string' || !/^[\w-]{3,60}$/.test(imp_uid)) return response.status(400).end()
  jobs.leave({ imp_uid })
  return response.status(202).end()
})

const internal = (request, response, next) =>
  request.get('x-stacks-key') === STACKS_INTERNAL ? next() : response.status(404).end()
app.post('/internal/payments', internal, (request, response) => {
  takeOver(request.body)
  response.status(204).end()
})
function sweep() {
  for (const order of orders.values()) {
    if (['open', 'failed', 'cancelling'].includes(order.state)) jobs.leave(order.imp_uid ? { imp_uid: order.imp_uid } : { merchant_uid: order.uid }, 0)
  }
}
app.post('/internal/sweep', internal, (request, response) => {
  sweep()
  response.status(202).end()
})

// ------------------------------------------------------------- the desk
const right = (given, name, password) => {
  const [one, other] = [Buffer.from(given), Buffer.from(`${name}:${password}`)]
  return Boolean(password) && one.length === other.length && timingSafeEqual(one, other)
}
app.use('/desk', (request, response, next) => {
  const given = Buffer.from((request.get('authorization') || '').replace(/^Basic /i, ''), 'base64').toString()
  request.may = right(given, 'keeper', STACKS_KEEPER) ? 'all' : right(given, 'till', STACKS_TILL) ? 'look' : ''
  return request.may ? next() : response.status(401).set('WWW-Authenticate', 'Basic realm="desk"').end()
})
app.get('/desk', (request, response) => {
  const rows = [...orders.values()].map((o) => `<tr><td>${o.number}<td>${o.state}<td>${esc(o.remarks.join(' '))}</tr>`)
  response.send(page('Orders', `<table>${rows.join('')}</table>`))
})
app.get('/desk/orders/:number.json', (request, response) => {
  const { number, uid, price, currency, state, paid, back, parcels, remarks, asked } = request.order
  const unclear = asked && asked.unclear ? ['ask PortOne about the refund'] : []
  response.json({ number, uid, price, currency, state, paid, back, parcels, remarks: [...remarks, ...unclear] })
})
app.post('/desk/orders/:number/refund', async (request, response) => {
  const { order } = request
  if (request.may !== 'all') return response.status(403).json({ said: 'The keeper refunds.' })
  const left = (c(order.paid) - c(order.back)) / 100
  const sum = request.body && request.body.sum !== undefined ? Number(request.body.sum) : left
  if (!['paid', 'partly cancelled'].includes(order.state) && !(order.asked && order.asked.unclear)) {
    return response.status(409).json({ said: `The order is ${order.state}.` })
  }
  if (!(c(sum) > 0 && c(sum) <= c(left))) return response.status(409).json({ said: `Up to ${left} can be refunded.` })
  const before = order.state
  const asked = { until: (c(order.back) + c(sum)) / 100, unclear: false }
  Object.assign(order, { asked, state: 'cancelling' })
  save()
  let answer = [200, 'The refund was asked for.']
  try {
    await portone.cancel({ imp_uid: order.imp_uid, amount: sum, checksum: left, reason: 'returned', enable_webhook: true })
  } catch (error) {
    if (error instanceof portone.No) {
      if (order.asked === asked) Object.assign(order, { asked: null, state: before === 'cancelling' ? 'paid' : before })
      answer = [409, `PortOne refused: ${error.message}`]
    } else {
      asked.unclear = true
      answer = [200, 'PortOne did not answer clearly. The order waits; look at it again.']
    }
  }
  save()
  jobs.leave({ imp_uid: order.imp_uid }, 200)
  return response.status(answer[0]).json({ said: answer[1] })
})

app.use((error, request, response, next) => { // eslint-disable-line no-unused-vars
  const status = error instanceof portone.Silence ? 503 : error.status || 500
  if (status === 500) console.error(error)
  response.status(status).send(page('Something is wrong', `<p>${status}</p>`))
})

app.listen(Number(STACKS_HTTP), '127.0.0.1', () => fork(join(__dirname, 'worker.js')))
setInterval(sweep, 5 * 60 * 1000)
