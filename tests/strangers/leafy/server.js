import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import Fastify from 'fastify'
import formbody from '@fastify/formbody'
import { JSONFilePreset } from 'lowdb/node'
import * as iamport from './iamport.js'

const env = process.env
const db = await JSONFilePreset(env.LEAFY_DATA + '/leafy.json', { orders: {} })
const orders = db.data.orders
const CATALOGUE = {
  fern: { title: 'Boston fern', price: 18.4, currency: 'USD' },
  bonsai: { title: 'Bonsai (juniper)', price: 42000, currency: 'KRW' },
}
const RANK = { ready: 0, failed: 1, paid: 2, cancelled: 3 }
const cents = (n) => Math.round(n * 100)

// ---- what becomes of an order; no await in here, so that two results cannot mix
function learn(order, p) {
  const seen = (order.payments[p.imp_uid] ??= { status: 'ready', cancelled: 0 })
  if (RANK[p.status] > RANK[seen.status]) seen.status = p.status
  seen.cancelled = Math.max(seen.cancelled, p.cancel_amount ?? 0)
  seen.amount = p.amount
  const wrong = cents(p.amount) !== cents(order.total) || p.currency !== order.currency || (env.LEAFY_STAGE === 'live' && p.sandbox)
  const another = order.imp_uid && order.imp_uid !== p.imp_uid
  if (RANK[seen.status] < RANK.paid) {
    if (seen.status === 'failed' && order.status === 'PENDING') order.status = 'FAILED'
  } else if (wrong || another) {
    const note = `${p.imp_uid}: ${p.amount} ${p.currency} came ${another ? 'a second time' : 'and is not what was ordered'}; give it back`
    if (seen.status === 'paid' && !order.notes.includes(note)) order.notes.push(note)
  } else {
    const fresh = !order.imp_uid
    order.imp_uid = p.imp_uid
    order.paid = p.amount
    order.refunded = seen.cancelled
    const whole = seen.status === 'cancelled' || cents(seen.cancelled) >= cents(p.amount)
    if (whole) order.refunded = p.amount
    if (order.refund && (whole || cents(seen.cancelled) >= cents(order.refund.until))) order.refund = null
    order.status = whole ? 'REFUNDED' : order.refund ? 'REFUND_PENDING' : seen.cancelled > 0 ? 'PARTLY_REFUNDED' : 'PAID'
    if (fresh && !whole) order.shipments.push({ title: order.title, at: new Date().toISOString() })
  }
}

async function check(uid) {
  const p = await iamport.payment(uid)
  const order = p && Object.values(orders).find((one) => one.merchant_uid === p.merchant_uid)
  if (!order) return null
  learn(order, p)
  await db.write()
  return order
}

async function refresh(order) {
  const uid = order.imp_uid ?? (await iamport.find(order.merchant_uid))?.imp_uid
  if (uid) await check(uid)
}

async function refund(order, amount) {
  const left = cents(order.paid - order.refunded) / 100
  const sum = amount === undefined ? left : Number(amount)
  if (!order.imp_uid || order.status === 'REFUNDED') return [409, 'Nothing was paid.']
  if (order.refund && !order.refund.unclear) return [409, 'A refund is under way already.']
  if (!(sum > 0) || cents(sum) > cents(left)) return [409, `At most ${left} can be refunded.`]
  const mine = (order.refund = { until: order.refunded + sum, unclear: false })
  let answer = [202, 'Asked for. The money goes back when Paymentwall has agreed.']
  try {
    await iamport.cancel({ imp_uid: order.imp_uid, amount: sum, checksum: left, reason: 'asked by staff', enable_webhook: true })
  } catch (error) {
    if (error instanceof iamport.Declined) {
      if (order.refund === mine) order.refund = null
      answer = [409, `i'mport declined: ${error.message}`]
    } else {
      mine.unclear = true
      answer = [202, 'No clear answer; the order waits until the payment tells.']
    }
  }
  if (order.refund === mine) order.status = 'REFUND_PENDING'
  await refresh(order).catch(() => {})
  await db.write()
  return answer
}

// ---- routes
const app = Fastify({ logger: false, bodyLimit: 256 * 1024 })
await app.register(formbody)
app.setErrorHandler((error, request, reply) => {
  const status = error instanceof iamport.Unknown ? 503 : (error.statusCode ?? 500)
  if (status === 500) console.error(error)
  reply.code(status).send({ error: error.message })
})
const asset = (file, type) => (request, reply) => reply.type(type).header('cache-control', 'no-cache').send(readFileSync(new URL(`./public/${file}`, import.meta.url)))
app.get('/', asset('index.html', 'text/html; charset=utf-8'))
app.get('/app.js', asset('app.js', 'text/javascript'))
app.get('/sw.js', asset('sw.js', 'text/javascript'))

const find = (request, reply, done) => {
  request.order = Object.hasOwn(orders, request.params.id) ? orders[request.params.id] : null
  if (!request.order) reply.code(404).send({ error: 'no such order' })
  else done()
}
const view = (o) => ({ id: o.id, merchantUid: o.merchant_uid, title: o.title, total: o.total, currency: o.currency, status: o.status,
  paid: o.paid, refunded: o.refunded, shipments: o.shipments.length, notes: o.notes })

app.post('/api/orders', async (request, reply) => {
  const { plant = 'fern', email, name } = request.body ?? {}
  if (!Object.hasOwn(CATALOGUE, plant) || !/@/.test(email) || !/ /.test(name)) return reply.code(422).send({ error: 'plant, email and full name' })
  const { title, price, currency } = CATALOGUE[plant]
  const id = randomBytes(8).toString('hex')
  orders[id] = { id, merchant_uid: `leafy-${id}`, title, total: price, currency, email, name, status: 'PENDING', imp_uid: null,
    paid: 0, refunded: 0, refund: null, shipments: [], notes: [], payments: {} }
  await db.write()
  return reply.code(201).send(view(orders[id]))
})
app.get('/api/orders/:id', { preHandler: find }, (request, reply) => reply.send(view(request.order)))
app.post('/api/orders/:id/checkout', { preHandler: find }, async (request, reply) => {
  const o = request.order
  if (!['PENDING', 'FAILED'].includes(o.status)) return reply.code(409).send({ error: 'This order is paid.' })
  await iamport.prepare({ merchant_uid: o.merchant_uid, amount: o.total, currency: o.currency })
  return { code: env.LEAFY_CODE, pay: { channelKey: env.LEAFY_CHANNEL, pay_method: 'card', merchant_uid: o.merchant_uid, name: o.title,
    amount: o.total, currency: o.currency, buyer_name: o.name, buyer_email: o.email,
    m_redirect_url: `${request.protocol}://${request.host}/paid/${o.id}`, bypass: { widget_code: 'pw_1' } } }
})
app.post('/api/orders/:id/sync', { preHandler: find }, async (request) => {
  const uid = request.body?.imp_uid
  if (typeof uid === 'string') await check(uid)
  else await refresh(request.order)
  return view(request.order)
})
app.get('/paid/:id', { preHandler: find }, async (request, reply) => {
  const uid = request.query.imp_uid
  if (typeof uid === 'string') await check(uid).catch(() => {})
  return reply.redirect(`/#/orders/${request.order.id}`)
})
app.post('/hooks/iamport', async (request, reply) => {
  const uid = request.body?.imp_uid
  if (typeof uid !== 'string' || uid.length > 60) return reply.code(400).send({ error: 'imp_uid?' })
  await check(uid)
  return { ok: true }
})
app.post('/api/staff/orders/:id/refund', { preHandler: find }, async (request, reply) => {
  const token = (request.headers.authorization ?? '').replace(/^Bearer /, '')
  if (token !== env.LEAFY_STAFF_TOKEN) return reply.code(token === env.LEAFY_WAREHOUSE_TOKEN ? 403 : 401).send({ message: 'Not for you.' })
  const [code, message] = await refund(request.order, request.body?.amount)
  return reply.code(code).send({ message })
})
await app.listen({ port: Number(env.LEAFY_PORT), host: '127.0.0.1' })
