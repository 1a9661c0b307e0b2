const express = require('express');
const bodyParser = require('body-parser');
const axios = require('axios');
const fs = require('fs');
const path = require('path');

const { PORT, IMP_URL, IMP_CODE, IMP_KEY, IMP_SECRET, IMP_CHANNEL, DATA_DIR } = process.env;
const sandbox = process.env.NODE_ENV !== 'production';
const FILE = path.join(DATA_DIR, 'posters.json');

/* ------------------------------------------------------------------ data */
const data = fs.existsSync(FILE) ? JSON.parse(fs.readFileSync(FILE, 'utf8')) : { drafts: {}, orders: {} };
function save() {
  fs.writeFileSync(FILE + '.tmp', JSON.stringify(data));
  fs.renameSync(FILE + '.tmp', FILE);
}

const POSTERS = {
  tram: { title: 'Tram in the rain, 50x70', price: 24.5 },
  lighthouse: { title: 'Lighthouse, 30x40', price: 15 },
};

/* --------------------------------------------------------------- iamport */
const client = axios.create({ baseURL: IMP_URL, timeout: Number(process.env.IMP_TIMEOUT || 5000), proxy: false });
let token = null;

async function getToken() {
  const res = await client.post('/users/getToken', { imp_key: IMP_KEY, imp_secret: IMP_SECRET });
  token = res.data.response.access_token;
  return token;
}

async function call(url, params, again) {
  try {
    const res = await client.get(url, { params, headers: { Authorization: token || (await getToken()) } });
    return res.data.response;
  } catch (err) {
    const status = err.response && err.response.status;
    if (status === 401 && !again) {
      token = null;
      return call(url, params, true);
    }
    if (status === 404) return null;
    throw err;
  }
}

async function getPayment(impUid) {
  const payment = await call('/payments/' + encodeURIComponent(impUid), sandbox ? { include_sandbox: true } : {});
  if (payment && !payment.status) throw new Error('odd answer from iamport');
  if (payment === undefined) throw new Error('odd answer from iamport');
  return payment;
}

/* ---------------------------------------------------------------- orders */
const HTTP_OK = { result: 'ok' };

// Both the webhook and the page come here. `done` answers.
async function settle(impUid, done) {
  const payment = await getPayment(impUid);
  if (!payment) return done(404, { result: 'error', message: 'no such payment' });

  const uid = payment.merchant_uid;
  const draft = Object.prototype.hasOwnProperty.call(data.drafts, uid) ? data.drafts[uid] : null;
  if (!draft) return done(404, { result: 'error', message: 'no such purchase' });

  const order = data.orders[uid];
  switch (payment.status) {
    case 'paid':
      if (order && payment.cancel_amount > 0 && payment.imp_uid === order.impUid) {
        order.returned = payment.cancel_amount; // a part was cancelled in the console
        order.status = order.status === 'cancelled' ? 'cancelled' : 'partly cancelled';
        save();
        return done(200, HTTP_OK);
      }
      if (order) return; // we have it already
      if (payment.amount !== draft.amount) {
        return done(400, { result: 'error', message: 'amount does not match' });
      }
      data.orders[uid] = {
        uid, impUid: payment.imp_uid, title: draft.title, email: draft.email, paid: payment.amount, returned: 0,
        status: 'paid', printJobs: [Date.now()],
      };
      save();
      return done(200, { result: 'ok', status: 'paid' });

    case 'cancelled':
      if (order && order.impUid !== payment.imp_uid) return done(200, HTTP_OK);
      data.orders[uid] = Object.assign(
        { uid, impUid: payment.imp_uid, title: draft.title, email: draft.email, paid: payment.amount, printJobs: [] },
        order,
        { status: 'cancelled', returned: payment.cancel_amount },
      );
      save();
      return done(200, HTTP_OK);

    default: // ready, failed: there is no order yet, and there will be none
      return done(200, { result: 'ok', status: payment.status });
  }
}

const wrap = (handler) => (req, res, next) => handler(req, res, next).catch(next);

/* ---------------------------------------------------------------- routes */
const app = express();
app.disable('x-powered-by');
app.use(bodyParser.json());
app.use(bodyParser.urlencoded({ extended: true }));
app.use('/static', express.static(path.join(__dirname, 'public')));

app.get('/', (req, res) => res.sendFile(path.join(__dirname, 'public', 'index.html')));
app.get('/config.json', (req, res) => res.json({ code: IMP_CODE, channel: IMP_CHANNEL, posters: POSTERS }));

// The browser announces what it is about to buy, under the number that it made up for it.
app.post('/api/draft', (req, res) => {
  const { merchant_uid: uid, poster, email, name } = req.body;
  if (typeof uid !== 'string' || !/^poster_[0-9a-z_]{8,32}$/.test(uid)) return res.status(400).json({ message: 'uid' });
  if (data.drafts[uid] || !Object.prototype.hasOwnProperty.call(POSTERS, poster)) {
    return res.status(400).json({ message: 'poster' });
  }
  data.drafts[uid] = { title: POSTERS[poster].title, amount: POSTERS[poster].price, email: email, name: name };
  save();
  res.json({ merchant_uid: uid, amount: POSTERS[poster].price, currency: 'USD' });
});

app.get('/api/status', (req, res) => {
  const order = Object.prototype.hasOwnProperty.call(data.orders, req.query.uid) ? data.orders[req.query.uid] : null;
  if (!order) return res.json({ status: 'none' });
  res.json({ status: order.status, paid: order.paid, returned: order.returned, printed: order.printJobs.length });
});

app.post('/payments/complete', wrap(async (req, res) => {
  if (typeof req.body.imp_uid !== 'string') return res.status(400).json({ result: 'error', message: 'imp_uid' });
  await settle(req.body.imp_uid, (code, body) => res.status(code).json(body));
}));

app.post('/webhook', wrap(async (req, res) => {
  const impUid = req.body.imp_uid;
  if (typeof impUid !== 'string' || !impUid) return res.status(400).json({ result: 'error', message: 'imp_uid' });
  await settle(impUid, (code, body) => res.status(code).json(body));
}));

// Phones come back here. What settle() says does not matter: the page shows what there is.
app.get('/payments/mobile', wrap(async (req, res) => {
  const { imp_uid: impUid, merchant_uid: uid } = req.query;
  if (typeof impUid === 'string') await settle(impUid, () => {}).catch(() => {});
  res.redirect('/orders/' + encodeURIComponent(String(uid)));
}));

app.get('/orders/:uid', wrap(async (req, res) => {
  const { uid } = req.params;
  if (!Object.prototype.hasOwnProperty.call(data.drafts, uid)) return res.status(404).send('<h1>Not found</h1>');
  if (!data.orders[uid]) {
    const found = await call('/payments/find/' + encodeURIComponent(uid), { sorting: '-started' }).catch(() => null);
    if (found && found.imp_uid) await settle(found.imp_uid, () => {}).catch(() => {});
  }
  const order = data.orders[uid];
  const text = !order
    ? 'Payment failed or not finished. <a href="/">Back to the poster</a>'
    : order.status === 'paid' ? 'Thank you! We are printing your poster.' : 'Your order is ' + order.status + '.';
  res.send('<!doctype html><meta charset="utf-8"><title>Your order</title><h1>Your order</h1><p>' + text + '</p>');
}));

app.use((err, req, res, next) => {
  const status = err.status || 500;
  if (status >= 500) console.error(new Date().toISOString(), req.method, req.url, err.message);
  res.status(status).json({ result: 'error', message: status >= 500 ? 'internal error' : err.message });
});

app.listen(PORT, '127.0.0.1', () => console.log('posters on ' + PORT));
