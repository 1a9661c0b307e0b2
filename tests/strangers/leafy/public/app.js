const app = document.getElementById('app')
const show = (html) => { app.innerHTML = html }
const call = async (path, body) => {
  const answer = await fetch(path, body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const json = await answer.json()
  if (!answer.ok) throw new Error(json.error)
  return json
}
const WORDS = { PAID: 'Thank you! Your plant is being wrapped.', FAILED: 'The payment failed.', PENDING: 'Not paid yet.',
  REFUND_PENDING: 'Your refund is under way.', PARTLY_REFUNDED: 'A part was refunded.', REFUNDED: 'Refunded.' }

// The first worker that takes over makes the page load once more, through it.
if ('serviceWorker' in navigator) {
  const had = Boolean(navigator.serviceWorker.controller)
  let reloaded = false
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (!had && !reloaded) { reloaded = true; location.reload() }
  })
  navigator.serviceWorker.register('/sw.js')
}

let code
async function pay(id) {
  const order = await call(`/api/orders/${id}`)
  if (!['PENDING', 'FAILED'].includes(order.status)) { location.hash = `#/orders/${id}`; return }
  const checkout = await call(`/api/orders/${id}/checkout`, {})
  if (!code) { code = checkout.code; IMP.init(code) }
  show(`<h1>${order.title}</h1><p id="total">${order.total} ${order.currency}</p><p id="said" role="status"></p><button id="pay">Pay now</button>`)
  document.getElementById('pay').onclick = () => {
    IMP.request_pay(checkout.pay, async (result) => {
      if (!result.success) {
        document.getElementById('said').textContent = `The payment failed. ${result.error_msg ?? ''}`
        return
      }
      await call(`/api/orders/${id}/sync`, { imp_uid: result.imp_uid }).catch(() => {})
      location.hash = `#/orders/${id}`
    })
  }
}

async function read(id) {
  const order = await call(`/api/orders/${id}/sync`, {}).catch(() => call(`/api/orders/${id}`))
  const again = ['PENDING', 'FAILED'].includes(order.status) ? `<a href="#/pay/${id}">Pay now</a>` : ''
  show(`<h1>Order ${id}</h1><p>${WORDS[order.status]}</p>${again}`)
}

async function route() {
  const [, page, id] = location.hash.split('/')
  try {
    if (page === 'pay') await pay(id)
    else if (page === 'orders') await read(id)
    else show('<h1>Plants</h1><ul><li>Boston fern, 18.40 USD</li><li>Bonsai, 42,000 KRW</li></ul>')
  } catch (error) {
    show(`<p role="alert">${error.message}</p>`)
  }
}
addEventListener('hashchange', route)
route()
