'use strict'
const { randomBytes } = require('node:crypto')
const path = require('node:path')
const fastify = require('fastify')({ trustProxy: false, bodyLimit: 512 * 1024 })
const { Iamport, IamportError } = require('./iamport')
const { Store, large } = require('./store')

const e = process.env
const store = new Store(path.join(e.TEA_VAR, 'tea.db'))
const iamport = new Iamport({ url: e.TEA_API, key: e.TEA_API_KEY, secret: e.TEA_API_SECRET, timeout: Number(e.TEA_API_TIMEOUT || 5000) })
const TEAS = { USD: ['Assam, 100 g', 1175], KRW: ['Jeju green, 40 g', 21000], KWD: ['Karak blend, 250 g', 3750] }
const STAFF = { manager: e.TEA_MANAGER_PASSWORD, picker: e.TEA_PICKER_PASSWORD }
const sessions = new Map()

const html = (text) => String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
const page = (title, body) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${html(title)}</title></head><body><h1>${html(title)}</h1>${body}</body></html>`

fastify.register(require('@fastify/formbody'))
fastify.register(require('@fastify/cookie'))
fastify.addHook('onSend', async (request, reply, payload) => {
  if (typeof payload === 'string' && payload.startsWith('<!doctype')) reply.type('text/html; charset=utf-8')
})
fastify.setErrorHandler((error, request, reply) => {
  const status = error instanceof IamportError ? 502 : error.statusCode || 500
  if (status === 500) console.error(error)
  reply.code(status).send(page('Sorry', `<p>${status}</p>`))
})
fastify.decorateRequest('order', null)
const ordered = async (request, reply) => {
  request.order = store.get(request.params.code)
  if (!request.order) return reply.code(404).send(page('No such order', ''))
}

async function look (impUid) {
  const payment = await iamport.payment(impUid)
  if (payment) store.learn(payment)
  return payment
}

async function catchUp (order) {
  const uid = order.imp_uid || ((await iamport.latest(`tea_${order.code}`)) || {}).imp_uid
  if (uid) await look(uid)
}

fastify.get('/', async () => page('Teahouse', `<form method="post" action="/order">
<label>Currency <select name="currency"><option>USD</option><option>KRW</option><option>KWD</option></select></label>
<label>Full name <input name="name"></label><label>E-mail <input name="email"></label><button>Order</button></form>`))

fastify.post('/order', async (request, reply) => {
  const { currency = 'USD', name = '', email = '' } = request.body || {}
  if (!Object.hasOwn(TEAS, currency) || !name.trim().includes(' ') || !email.includes('@')) return reply.code(422).send(page('Please fill in everything', ''))
  const [tea, price] = TEAS[currency]
  const code = randomBytes(9).toString('base64url').replace(/[-_]/g, 'x')
  store.add({ code, tea, name: name.trim(), email, currency, price })
  return reply.redirect(`/pay/${code}`, 303)
})

fastify.get('/track/:code', { preHandler: ordered }, async ({ order }) => ({
  code: order.code, uid: `tea_${order.code}`, total: large(order.price, order.currency), currency: order.currency, status: order.status,
  paid: large(order.paid, order.currency), returned: large(order.returned, order.currency), packed: order.packed,
  todo: [...store.todo(order.code), ...(order.unclear ? ['was the refund taken? ask iamport'] : [])]
}))

fastify.get('/pay/:code', { preHandler: ordered }, async (request, reply) => {
  const { order } = request
  if (!['new', 'failed'].includes(order.status)) return reply.redirect(`/thanks/${order.code}`)
  const amount = large(order.price, order.currency)
  await iamport.announce(`tea_${order.code}`, amount, order.currency)
  const params = {
    channelKey: e.TEA_CHANNEL_KEY, merchant_uid: `tea_${order.code}`, name: order.tea, amount, currency: order.currency, buyer_name: order.name,
    buyer_email: order.email, m_redirect_url: `${request.protocol}://${request.host}/thanks/${order.code}`, bypass: { widget_code: 'pw_1' }
  }
  return page('Pay', `<p>${html(order.tea)}: <span id="amount">${amount}</span> <span id="currency">${order.currency}</span></p>
<p id="error" role="alert"></p><button id="pay">Pay</button>
<script src="https://cdn.iamport.kr/js/iamport.payment-1.2.0.js"></script>
<script>
  IMP.init('${e.TEA_IMP_CODE}')
  document.getElementById('pay').onclick = function () {
    IMP.request_pay(${JSON.stringify(params).replaceAll('<', '\\u003c')}, function (rsp) {
      if (rsp.success) window.location.href = '/thanks/${order.code}?imp_uid=' + rsp.imp_uid
      else document.getElementById('error').textContent = 'Your payment was declined. ' + rsp.error_msg
    })
  }
</script>`)
})

fastify.get('/thanks/:code', { preHandler: ordered }, async (request) => {
  const { imp_uid: uid } = request.query
  const asked = typeof uid === 'string' && uid ? look(uid) : catchUp(request.order)
  await asked.catch((error) => { if (!(error instanceof IamportError)) throw error })
  const order = store.get(request.order.code)
  const text = {
    new: 'We have not received your payment. <a href="/pay/' + order.code + '">Pay</a>', failed: 'Your payment was declined. <a href="/pay/' + order.code + '">Pay</a>',
    paid: 'Thank you! Your tea is on its way.', refunding: 'Your refund is being worked on.', 'partly refunded': 'We refunded a part.', refunded: 'We refunded your order.'
  }
  return page('Your order', `<p>${text[order.status]}</p>`)
})

fastify.post('/notify', async (request, reply) => {
  const uid = request.body && request.body.imp_uid
  if (typeof uid !== 'string' || !uid || uid.length > 80) return reply.code(400).send({ message: 'imp_uid' })
  await look(uid)
  return { message: 'ok' }
})

fastify.get('/admin/login', async () => page('Log in', `<form method="post"><label>User <input name="user"></label>
<label>Password <input name="password" type="password"></label><button>Log in</button></form>`))
fastify.post('/admin/login', async (request, reply) => {
  const { user, password } = request.body || {}
  if (!Object.hasOwn(STAFF, user) || !password || STAFF[user] !== password) return reply.code(401).send(page('Wrong', ''))
  const id = randomBytes(16).toString('hex')
  sessions.set(id, user)
  return reply.setCookie('tea_session', id, { httpOnly: true, path: '/', sameSite: 'lax' }).redirect('/admin', 303)
})
const staff = (...names) => async (request, reply) => {
  const user = sessions.get(request.cookies.tea_session)
  if (!user) return reply.redirect('/admin/login')
  if (!names.includes(user)) return reply.code(403).send(page('The manager only', ''))
}
fastify.get('/admin', { preHandler: staff('manager', 'picker') }, async () => page('Orders', '<table>' + store.all().map((o) =>
  `<tr><td>${o.code}<td>${o.status}<td>${html(store.todo(o.code).join(', '))}</tr>`).join('') + '</table>'))
fastify.post('/admin/orders/:code/refund', { preHandler: [staff('manager'), ordered] }, async (request, reply) => {
  const { code } = request.order
  const { why, fields, release } = store.claim(code, request.body ? request.body.amount : undefined)
  if (why) return reply.code(409).send({ message: why })
  let [status, message] = [200, 'Requested; the result comes from Paymentwall.']
  try {
    await iamport.cancel({ ...fields, reason: 'refund', enable_webhook: true })
  } catch (error) {
    if (!(error instanceof IamportError)) throw error
    if (error.refused) {
      release();
      [status, message] = [409, `Refused by iamport: ${error.message}`]
    } else {
      if (store.get(code).status === 'refunding') store.set(code, { unclear: 1 })
      message = 'iamport gave no clear answer; the order keeps waiting.'
    }
  }
  await look(fields.imp_uid).catch((error) => { if (!(error instanceof IamportError)) throw error })
  return reply.code(status).send({ message })
})

fastify.listen({ host: '127.0.0.1', port: Number(e.TEA_PORT) })
