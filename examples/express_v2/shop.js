// A small merchant on Express and the official @portone/server-sdk: PortOne V2, Paymentwall's widget.
'use strict';

const { timingSafeEqual } = require('node:crypto');
const express = require('express');
const { PortOne, Refused, Unclear } = require('./portone');
const { Orders, Declined, PRODUCTS, money } = require('./orders');

const DEFECTS = ['', 'compares-nothing', 'takes-requested-for-done', 'knows-one-secret'];
const settings = {
  port: Number(process.env.PORT || 3000),
  storeId: process.env.PORTONE_STORE_ID || 'store-conformance',
  channelKey: process.env.PORTONE_CHANNEL_KEY || 'channel-key-conformance',
  apiSecret: process.env.PORTONE_API_SECRET || '',
  webhookSecrets: (process.env.PORTONE_WEBHOOK_SECRETS || '').split(/[\s,]+/).filter(Boolean), // two while they rotate
  apiUrl: process.env.PORTONE_API_URL || '',
  sdkUrl: process.env.PORTONE_SDK_URL || 'https://cdn.portone.io/v2/browser-sdk.js',
  live: process.env.PORTONE_STAGE === 'live',
  operator: process.env.SHOP_OPERATOR_PASSWORD || '',
  reconcileMinutes: Number(process.env.SHOP_RECONCILE_MINUTES || 10),
  defect: process.env.SHOP_DEFECT || '', // planted on purpose, to see that the conformance suite finds it
};
if (settings.defect === 'knows-one-secret') settings.webhookSecrets.length = 1;

const orders = new Orders(new PortOne(settings), settings);

const shown = (order) => ({
  order: order.reference, payment_id: order.paymentId, status: orders.stateOf(order), amount: order.amount,
  currency: order.currency, paid_amount: order.paidBy ? order.paidBy.total : 0,
  cancelled_amount: order.paidBy ? order.paidBy.cancelled : 0, country: order.paidBy ? order.paidBy.country : null,
  fulfilments: order.fulfilments, attention: orders.attention(order),
});

const page = (title, body) => `<!DOCTYPE html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>${title}</title><h1>${title}</h1>${body}</html>`;
const embedded = (value) => JSON.stringify(value).replaceAll('<', '\\u003c');

function checkout(order, paymentId, widget, base) {
  const home = `/orders/${order.reference}`;
  const { country, ...buyer } = order.buyer;
  const asked = {
    storeId: settings.storeId, channelKey: settings.channelKey, paymentId, orderName: order.name,
    totalAmount: order.amount, currency: order.currency, // minor units; no payMethod: the country decides
    customer: { customerId: buyer.email, fullName: buyer.name, email: buyer.email },
    windowType: { pc: 'IFRAME', mobile: 'REDIRECTION' }, redirectUrl: `${base}${home}/return`,
    bypass: { paymentwall: { widget, ...(country ? { country_code: country } : {}) } },
  };
  return page(`Pay ${money(order.amount, order.currency)}`, `<p id="said" role="alert"></p><button id="pay">Pay</button>
<script src="${settings.sdkUrl}"></script><script>
const said = document.getElementById('said');
const failed = ({ message }) => { said.textContent = 'The payment did not go through. ' + (message || ''); };
document.getElementById('pay').onclick = () => PortOne.requestPayment(${embedded(asked)}).then((told) => {
  if (told && told.code !== undefined) failed(told);
  else location.assign('${home}/return?paymentId=${paymentId}');
}, failed);</script>`);
}

const app = express();
app.use('/webhooks', express.raw({ type: () => true })); // what is signed is the body as it came
app.use(express.json(), express.urlencoded({ extended: false }));

app.param('reference', (request, response, next, reference) => {
  request.order = orders.all.get(reference);
  return request.order ? next() : response.status(404).json({ error: 'There is no such order.' });
});

app.get('/', (request, response) => response.send(page('Mugs', '<p>POST /api/orders orders one.</p>')));
app.post('/api/orders', (request, response) => {
  const { product = 'mug', country = null } = request.body || {};
  if (!Object.hasOwn(PRODUCTS, product)) return response.status(400).json({ error: 'There is no such product.' });
  if (country !== null && !/^[A-Z]{2}$/.test(country)) {
    return response.status(400).json({ error: 'country is a code of two letters, as KR (ISO 3166-1 alpha-2).' });
  }
  const buyer = { name: 'Grace Hopper', email: 'grace@example.com', country };
  return response.status(201).json(shown(orders.place(product, buyer)));
});
app.get('/api/orders/:reference', (request, response) => response.json(shown(request.order)));

app.get('/orders/:reference/pay', async (request, response) => {
  const { order, query } = request;
  if (order.paidBy) return response.redirect(`/orders/${order.reference}`);
  const paymentId = orders.paymentIdToPay(order);
  try {
    await orders.portone.preRegister({ paymentId, totalAmount: order.amount, currency: order.currency });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return response.redirect(`/orders/${order.reference}`); // which looks what came of it
  }
  const widget = ['pw_1', 't3_1'].includes(query.widget) ? query.widget : 'pw_1';
  return response.send(checkout(order, paymentId, widget, `${request.protocol}://${request.get('host')}`));
});

// The browser only says where to look: which order a payment is of, and whether it is paid, the look-up says.
app.get('/orders/:reference/return', async (request, response) => {
  const { paymentId } = request.query;
  if (typeof paymentId === 'string') await orders.takeResult(paymentId).catch(() => null); // the webhook comes as well
  response.redirect(`/orders/${request.order.reference}`);
});

app.get('/orders/:reference', async (request, response) => {
  const { order } = request;
  await orders.reconcile([order]); // shown as it is known; looked at next time
  const state = orders.stateOf(order);
  const thanks = { paid: '<p>Thank you, your order is paid.</p>', failed: '<p>The payment did not go through.</p>' };
  const again = order.paidBy ? '' : `<p><a href="/orders/${order.reference}/pay">Pay</a></p>`;
  response.send(page(`Your order is ${state}`, (thanks[state] || '') + again));
});

app.post('/webhooks/portone', async (request, response) => {
  const body = Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '';
  const webhook = await orders.portone.verified(body, request.headers);
  if (!webhook) return response.status(400).json({ error: 'The signature is not PortOne\'s, or too old.' });
  const { type, data } = webhook;
  // Types that are not about payments, and those that there will be one day, are none of this shop's business.
  if (typeof type === 'string' && type.startsWith('Transaction.') && data && typeof data.paymentId === 'string') {
    await orders.takeResult(data.paymentId); // Unclear becomes 503 below: PortOne sends again
  }
  return response.json({ ok: true });
});

function forOperator(request, response, next) {
  const given = Buffer.from((request.get('authorization') || '').replace(/^Basic /i, ''), 'base64');
  const right = Buffer.from(`operator:${settings.operator}`);
  if (settings.operator !== '' && given.length === right.length && timingSafeEqual(given, right)) return next();
  return response.status(401).set('WWW-Authenticate', 'Basic realm="shop"').json({ message: 'Log in.' });
}

app.post('/operator/orders/:reference/refund', forOperator, async (request, response) => {
  try {
    response.json({ message: await orders.refund(request.order, request.body && request.body.amount) });
  } catch (error) {
    if (error instanceof Refused) response.status(409).json({ message: `PortOne refused: ${error.message}` });
    else if (error instanceof Declined) response.status(409).json({ message: error.message });
    else throw error;
  }
});

app.post('/operator/reconcile', forOperator, async (request, response) => {
  const order = orders.all.get(request.query.order);
  response.json(await orders.reconcile(order ? [order] : undefined));
});

app.use((error, request, response, next) => { // eslint-disable-line no-unused-vars
  const status = error instanceof Unclear ? 503 : error.status || 500;
  if (status === 500) console.error(error);
  response.status(status).json({ error: status === 500 ? 'Something went wrong.' : error.message });
});

if (!DEFECTS.includes(settings.defect)) {
  console.error(`SHOP_DEFECT=${settings.defect}: choose from ${DEFECTS.slice(1).join(', ')}`);
  process.exit(2);
}
if (settings.webhookSecrets.length === 0) {
  console.error('PORTONE_WEBHOOK_SECRETS is missing: one whsec_… of this stage, or two while they rotate');
  process.exit(2);
}
setInterval(() => orders.reconcile().catch(console.error), settings.reconcileMinutes * 60_000).unref();
app.listen(settings.port, '127.0.0.1', () => console.log(`http://127.0.0.1:${settings.port}`));
