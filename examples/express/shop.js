// A small merchant on Express and the official client iamport-rest-client-nodejs: PortOne V1, Paymentwall's widget.
'use strict';

const { randomUUID, timingSafeEqual } = require('node:crypto');
const express = require('express');
const { PortOne, Refused, Unclear } = require('./portone');

const settings = {
  port: Number(process.env.PORT || 3000),
  impCode: process.env.PORTONE_CODE || 'imp87654321',
  channelKey: process.env.PORTONE_CHANNEL_KEY || 'channel-key-conformance',
  live: process.env.PORTONE_STAGE === 'live',
  operator: process.env.SHOP_OPERATOR_PASSWORD || '',
  defect: process.env.SHOP_DEFECT || '', // planted on purpose, to see that the conformance suite finds it
};
const DEFECTS = ['', 'compares-nothing', 'takes-http-200-for-yes', 'cancels-at-once'];
const MUG = { name: 'Enamel mug', amount: 10.5, currency: 'USD' };
const PROGRESS = ['ready', 'failed', 'paid', 'cancelled']; // look-ups may overtake each other; a payment goes this way
const OPEN = ['unpaid', 'failed'];

const portone = new PortOne(settings);
const orders = new Map(); // a real shop has a database; here the one thread of Node is the transaction
const attempts = new Map(); // merchant_uid -> order

function place(buyer) {
  const reference = randomUUID().replaceAll('-', '');
  const order = {
    ...MUG, reference, merchant_uid: `mug-${reference}`, buyer, state: 'unpaid', imp_uid: null,
    paid: 0, cancelled: 0, fulfilments: 0, payments: new Map(), refund: null,
  };
  orders.set(reference, order);
  attempts.set(order.merchant_uid, order);
  return order;
}

// What a payment is, only PortOne says. Throws Unclear where it does not answer: nothing was changed then.
async function takeResult(imp_uid) {
  const payment = await portone.lookUp(imp_uid);
  const order = payment && attempts.get(payment.merchant_uid);
  if (order) learn(order, payment);
  return order || null;
}

// One synchronous step, so two results that come at once cannot come between each other.
function learn(order, payment) {
  const known = order.payments.get(payment.imp_uid) || { ...payment, status: 'ready', cancel_amount: 0 };
  known.status = PROGRESS[Math.max(PROGRESS.indexOf(known.status), PROGRESS.indexOf(payment.status))];
  known.cancel_amount = Math.max(known.cancel_amount, payment.cancel_amount || 0);
  known.objection = objection(order, known);
  order.payments.set(known.imp_uid, known);
  if (known.objection || (order.imp_uid && order.imp_uid !== known.imp_uid)) return;
  if (known.status === 'failed' && order.state === 'unpaid') order.state = 'failed';
  if (!['paid', 'cancelled'].includes(known.status)) return;
  const first = OPEN.includes(order.state);
  Object.assign(order, { imp_uid: known.imp_uid, paid: known.amount, cancelled: known.cancel_amount });
  const all = known.status === 'cancelled' || !less(known.cancel_amount, known.amount);
  if (order.refund && (all || !less(known.cancel_amount, order.refund.until))) order.refund = null;
  if (all) order.state = 'cancelled';
  else if (!order.refund) order.state = known.cancel_amount > 0 ? 'partly cancelled' : 'paid';
  if (first && !all) order.fulfilments += 1;
}

function objection(order, payment) {
  if (!['paid', 'cancelled'].includes(payment.status) || settings.defect === 'compares-nothing') return null;
  if (payment.sandbox && settings.live) return 'it was made through a test channel';
  if (payment.currency !== order.currency || less(payment.amount, order.amount) || less(order.amount, payment.amount)) {
    return `the order is over ${order.amount} ${order.currency}`;
  }
  return order.imp_uid && order.imp_uid !== payment.imp_uid ? `the order is paid by ${order.imp_uid}` : null;
}

// For a webhook that never came. PortOne's find knows no test payments' details, so what it found is looked up.
async function catchUp(order) {
  if (order.imp_uid) return takeResult(order.imp_uid);
  const imp_uid = await portone.find(order.merchant_uid);
  return imp_uid && takeResult(imp_uid);
}

async function refund(order, asked) {
  const left = round(order.paid - order.cancelled);
  const amount = asked === undefined ? left : round(Number(asked));
  if (!order.imp_uid || left <= 0) return no('There is nothing to refund.');
  if (!(amount > 0) || less(left, amount)) return no(`Between 0 and ${left} ${order.currency} can be refunded.`);
  if (order.refund && !order.refund.unclear) return no('A refund is asked for already, and waits for its result.');
  const claim = { until: round(order.cancelled + amount), unclear: false };
  order.refund = claim; // before the first await: who asks at the same moment finds it
  let said = 'The cancellation is asked for, and waits for its result.';
  let refused = false;
  try {
    await portone.cancel(order.imp_uid, amount, left);
  } catch (error) {
    if (error instanceof Refused) refused = true;
    else if (error instanceof Unclear) claim.unclear = true;
    else throw error;
    said = refused ? `PortOne refused: ${error.message}` : 'Whether PortOne took the refund is not known.';
  }
  if (refused && order.refund === claim) order.refund = null;
  // Whatever was answered, the payment is the truth; unless it is done, a refund that was taken waits for its ticket.
  await takeResult(order.imp_uid).catch((error) => { if (!(error instanceof Unclear)) throw error; });
  if (order.refund === claim) order.state = settings.defect === 'cancels-at-once' ? 'cancelled' : WAITING;
  return { status: refused ? 409 : 200, message: said };
}

const WAITING = 'waiting for cancellation';
const no = (message) => ({ status: 409, message });
const round = (amount) => Math.round(amount * 1000) / 1000; // no currency has more decimals
const less = (one, other) => Math.round(one * 1000) < Math.round(other * 1000);

function attention(order) {
  const stray = [...order.payments.values()].filter((known) => known.objection && known.status === 'paid');
  const told = stray.map((known) => `Send ${known.imp_uid} back: ${known.objection}.`);
  if (order.refund && order.refund.unclear) told.push('Whether PortOne took the refund is not known; ask again.');
  return told.join(' ') || null;
}

const shown = (order) => ({
  order: order.reference, merchant_uid: order.merchant_uid, status: order.state, amount: order.amount,
  currency: order.currency, paid_amount: order.paid, cancelled_amount: order.cancelled,
  fulfilments: order.fulfilments, attention: attention(order),
});

const page = (title, body) => `<!DOCTYPE html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>${title}</title><h1>${title}</h1>${body}</html>`;
const embedded = (value) => JSON.stringify(value).replaceAll('<', '\\u003c');

function checkout(order, widget, base) {
  const home = `/orders/${order.reference}`;
  const payment = {
    channelKey: settings.channelKey, merchant_uid: order.merchant_uid, name: order.name, amount: order.amount,
    currency: order.currency, buyer_name: order.buyer.name, buyer_email: order.buyer.email,
    m_redirect_url: `${base}${home}/return`, bypass: { widget_code: widget },
  };
  return page(`Pay ${order.amount} ${order.currency}`, `<p id="said" role="alert"></p><button id="pay">Pay</button>
<script src="https://cdn.iamport.kr/v1/iamport.js"></script><script>
IMP.init(${embedded(settings.impCode)});
document.getElementById('pay').onclick = () => IMP.request_pay(${embedded(payment)}, (told) => {
  if (told.imp_uid) location.assign('${home}/return?imp_uid=' + encodeURIComponent(told.imp_uid));
  else document.getElementById('said').textContent = 'The payment did not go through. ' + (told.error_msg || '');
});</script>`);
}

const app = express();
app.use(express.json(), express.urlencoded({ extended: false }));

app.param('reference', (request, response, next, reference) => {
  request.order = orders.get(reference);
  return request.order ? next() : response.status(404).json({ error: 'There is no such order.' });
});

app.get('/', (request, response) => response.send(page('Mugs', '<p>POST /api/orders orders one.</p>')));
app.post('/api/orders', (request, response) => {
  response.status(201).json(shown(place({ name: 'Grace Hopper', email: 'grace@example.com' })));
});
app.get('/api/orders/:reference', (request, response) => response.json(shown(request.order)));

app.get('/orders/:reference/pay', async (request, response) => {
  const { order, query } = request;
  if (!OPEN.includes(order.state)) return response.redirect(`/orders/${order.reference}`);
  await portone.prepare(order); // so that the browser cannot ask for another amount
  const widget = ['pw_1', 't3_1'].includes(query.widget) ? query.widget : 'pw_1';
  return response.send(checkout(order, widget, `${request.protocol}://${request.get('host')}`));
});

// The browser only says where to look: which order a payment is of, and whether it is paid, the look-up says.
app.get('/orders/:reference/return', async (request, response) => {
  const { imp_uid } = request.query;
  if (named(imp_uid)) await takeResult(imp_uid).catch(() => null); // the webhook comes as well
  response.redirect(`/orders/${request.order.reference}`);
});

app.get('/orders/:reference', async (request, response) => {
  const { order } = request;
  if (order.state !== 'cancelled') await catchUp(order).catch(() => null); // shown as it is known; looked at next time
  const thanks = { paid: '<p>Thank you, your order is paid.</p>', failed: '<p>The payment did not go through.</p>' };
  const again = OPEN.includes(order.state) ? `<p><a href="/orders/${order.reference}/pay">Pay</a></p>` : '';
  response.send(page(`Your order is ${order.state}`, (thanks[order.state] || '') + again));
});

app.post('/webhooks/portone', async (request, response) => {
  const imp_uid = request.body && request.body.imp_uid;
  if (!named(imp_uid)) return response.status(400).json({ error: 'imp_uid is missing.' });
  await takeResult(imp_uid); // Unclear becomes 503 below: PortOne sends again
  return response.json({ ok: true });
});

app.post('/operator/orders/:reference/refund', async (request, response) => {
  if (!isOperator(request.get('authorization'))) {
    return response.status(401).set('WWW-Authenticate', 'Basic realm="shop"').json({ message: 'Log in.' });
  }
  const { status, message } = await refund(request.order, request.body && request.body.amount);
  return response.status(status).json({ message });
});

app.use((error, request, response, next) => { // eslint-disable-line no-unused-vars
  const status = error instanceof Unclear ? 503 : error.status || 500;
  if (status === 500) console.error(error);
  response.status(status).json({ error: status === 500 ? 'Something went wrong.' : error.message });
});

function named(imp_uid) {
  return typeof imp_uid === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(imp_uid);
}

function isOperator(header) {
  const given = Buffer.from((header || '').replace(/^Basic /i, ''), 'base64');
  const right = Buffer.from(`operator:${settings.operator}`);
  return settings.operator !== '' && given.length === right.length && timingSafeEqual(given, right);
}

if (!DEFECTS.includes(settings.defect)) {
  console.error(`SHOP_DEFECT=${settings.defect}: choose from ${DEFECTS.slice(1).join(', ')}`);
  process.exit(2);
}
app.listen(settings.port, '127.0.0.1', () => console.log(`http://127.0.0.1:${settings.port}`));
