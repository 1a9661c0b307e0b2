// The merchant's orders: what a look-up means for them, and how money goes back. All amounts are in minor units.
'use strict';

const { randomUUID } = require('node:crypto');
const { Refused, Unclear } = require('./portone');

const PRODUCTS = { // 10.50 USD is 1050, 9,900 KRW is 9900, 3.250 KWD is 3250
  mug: { name: 'Enamel mug', amount: 1050, currency: 'USD' },
  tea: { name: 'Green tea', amount: 9900, currency: 'KRW' },
  dates: { name: 'A box of dates', amount: 3250, currency: 'KWD' },
};
const PAID = ['PAID', 'PARTIAL_CANCELLED', 'CANCELLED'];
// Look-ups may overtake each other; a payment only ever goes this way. It may fail several times before it is paid.
const PROGRESS = ['READY', 'PAY_PENDING', 'VIRTUAL_ACCOUNT_ISSUED', 'FAILED', ...PAID];

class Declined extends Error {} // the shop itself says no

class Orders {
  constructor(portone, { storeId, live, defect }) {
    Object.assign(this, { portone, storeId, live, defect });
    this.all = new Map(); // a real shop has a database; here the one thread of Node is the transaction
    this.byPayment = new Map(); // paymentId -> order
  }

  place(product, buyer) {
    const order = {
      ...PRODUCTS[product], reference: randomUUID().replaceAll('-', ''), buyer, payments: new Map(), paidBy: null,
      fulfilments: 0, refund: null,
    };
    this.all.set(order.reference, order);
    this.newPaymentId(order);
    return order;
  }

  // One paymentId may be tried several times and succeeds once: whoever opens the page twice cannot pay twice. Only
  // where the money that came under it does not pay the order, it is spent for nothing, and the next try has another.
  paymentIdToPay(order) {
    const known = order.payments.get(order.paymentId);
    return known && PAID.includes(known.status) ? this.newPaymentId(order) : order.paymentId;
  }

  newPaymentId(order) {
    order.paymentId = `order-${randomUUID()}`;
    order.paymentIds = [...(order.paymentIds || []), order.paymentId];
    this.byPayment.set(order.paymentId, order);
    return order.paymentId;
  }

  // What a payment is, only PortOne says. Throws Unclear where it does not answer: nothing was changed then.
  async takeResult(paymentId) {
    const order = this.byPayment.get(paymentId);
    const payment = order && await this.portone.lookUp(paymentId);
    if (!payment) return;
    const known = this.learn(order, payment);
    if (known.objection && !known.sendingBack && known.cancelled < known.total) await this.sendBack(known);
  }

  // One synchronous step, so two results that come at once cannot come between each other.
  learn(order, payment) {
    const known = order.payments.get(payment.id) || { ...payment, cancellations: new Map(), sendingBack: null };
    order.payments.set(payment.id, known);
    const status = PROGRESS[Math.max(PROGRESS.indexOf(known.status), PROGRESS.indexOf(payment.status))];
    Object.assign(known, {
      status, total: payment.total, currency: payment.currency, storeId: payment.storeId, test: payment.test,
      cancelled: Math.max(known.cancelled, payment.cancelled), country: payment.country || known.country,
      disputed: payment.disputed === null ? known.disputed : payment.disputed,
    });
    payment.cancellations.forEach((one) => noteCancellation(known, one));
    if (!PAID.includes(status)) return known;
    known.objection = this.objection(order, known);
    if (known.objection) return known;
    if (!order.paidBy && !isWhole(known)) order.fulfilments += 1; // here the goods go out, once
    order.paidBy = known;
    this.concludeRefund(order, known);
    return known;
  }

  // Why money that came does not pay the order; null where it does.
  objection(order, known) {
    if (this.defect === 'compares-nothing') return null;
    if (known.storeId !== this.storeId) return 'it was made at another store';
    if (known.test !== false && this.live) return 'it was made through a test channel';
    if (known.currency !== order.currency || known.total !== order.amount) {
      return `the order is over ${money(order.amount, order.currency)}`;
    }
    return order.paidBy && order.paidBy !== known ? `the order is paid by ${order.paidBy.id}` : null;
  }

  // Money that pays nothing goes back by itself, asked for once; what comes of it, the payment's cancellations say.
  async sendBack(known) {
    known.sendingBack = 'its cancellation is asked for';
    const left = known.total - known.cancelled;
    try {
      const asked = { paymentId: known.id, amount: left, left, reason: `Sent back: ${known.objection}` };
      noteCancellation(known, await this.portone.cancel(asked));
    } catch (error) {
      if (error instanceof Refused) known.sendingBack = `PortOne refused its cancellation: ${error.message}`;
      else if (error instanceof Unclear) known.sendingBack = 'whether PortOne took its cancellation is not known';
      else throw error;
    }
  }

  // `asked` in minor units, undefined for all that is left. Throws Declined, Refused.
  async refund(order, asked) {
    const known = order.paidBy;
    const left = known ? known.total - known.cancelled : 0;
    const amount = asked === undefined ? left : asked;
    if (left <= 0) throw new Declined('There is nothing to refund.');
    if (!Number.isInteger(amount) || amount <= 0 || amount > left) {
      throw new Declined(`More than 0 and at most ${money(left, known.currency)} can be refunded.`);
    }
    if (isWaiting(order) && !(order.refund && order.refund.unclear)) {
      throw new Declined('A refund is asked for already, and waits for its result.');
    }
    const claim = { until: known.cancelled + amount, before: new Set(known.cancellations.keys()), unclear: false };
    order.refund = claim; // before the first await: who asks at the same moment finds it
    let refused = null;
    try {
      const given = { paymentId: known.id, amount, left, reason: 'Refund by the operator' };
      noteCancellation(known, await this.portone.cancel(given));
    } catch (error) {
      if (error instanceof Unclear) claim.unclear = true;
      else refused = error;
    }
    if (!claim.unclear && order.refund === claim) order.refund = null; // from here on the cancellation itself is known
    // Whatever was answered, the payment is the truth: cancelled at once, by somebody else, or still waiting.
    await this.takeResult(known.id).catch((error) => { if (!(error instanceof Unclear)) throw error; });
    if (refused) throw refused;
    return claim.unclear && order.refund === claim
      ? 'Whether PortOne took the refund is not known.' : 'The cancellation is asked for, and waits for its result.';
  }

  // A refund without an answer was taken where the payment has a cancellation that it had not before.
  concludeRefund(order, known) {
    const claim = order.refund;
    if (!claim || !claim.unclear) return;
    const taken = [...known.cancellations.keys()].some((id) => !claim.before.has(id));
    if (taken || known.cancelled >= claim.until) order.refund = null;
  }

  // For webhooks that never came: every paymentId that was given out for the order.
  async catchUp(order) {
    for (const paymentId of order.paymentIds) await this.takeResult(paymentId);
  }

  // A job for every few minutes: whatever became of orders that are not over.
  async reconcile(orders = [...this.all.values()]) {
    let failed = 0;
    for (const order of orders.filter((one) => this.stateOf(one) !== 'cancelled')) {
      await this.catchUp(order).catch((error) => {
        if (!(error instanceof Unclear)) throw error;
        failed += 1; // the next run looks again
      });
    }
    return { orders: orders.length, failed };
  }

  stateOf(order) {
    const known = order.paidBy;
    if (!known) return [...order.payments.values()].some((one) => one.status === 'FAILED') ? 'failed' : 'unpaid';
    if (isWhole(known)) return 'cancelled';
    if (isWaiting(order)) return this.defect === 'takes-requested-for-done' ? 'cancelled' : 'waiting for cancellation';
    return known.cancelled > 0 ? 'partly cancelled' : 'paid';
  }

  // What a person has to do; null where there is nothing.
  attention(order) {
    const told = [];
    for (const known of [...order.payments.values()].filter((one) => !isWhole(one))) {
      if (known.disputed) told.push(`The buyer disputes ${known.id} at the bank: answer it at Paymentwall.`);
      if (known.objection) told.push(`${known.id} pays nothing, ${known.objection}; ${known.sendingBack}.`);
      if (lastStatus(known) === 'FAILED') told.push(`A cancellation of ${known.id} failed: ask again.`);
    }
    if (order.refund && order.refund.unclear) told.push('Whether PortOne took the refund is not known: ask again.');
    return told.join(' ') || null;
  }
}

// A cancellation that is REQUESTED is a ticket at Paymentwall; it ends SUCCEEDED or FAILED, and never goes back.
function noteCancellation(known, { id, status }) {
  if (!known.cancellations.has(id) || ['SUCCEEDED', 'FAILED'].includes(status)) known.cancellations.set(id, status);
}

const lastStatus = (known) => [...known.cancellations.values()].at(-1);
const isWaiting = (order) => Boolean(order.refund) || [...order.paidBy.cancellations.values()].includes('REQUESTED');
const isWhole = (known) => known.status === 'CANCELLED' || known.cancelled >= known.total;

// An amount in minor units, as people read it.
function money(amount, currency) {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay: 'code' });
  return format.format(amount / 10 ** format.resolvedOptions().maximumFractionDigits);
}

module.exports = { Orders, Declined, PRODUCTS, money };
