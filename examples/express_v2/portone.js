// PortOne V2 by its official SDK, with what that leaves to the merchant: time limits, and answers that say nothing.
'use strict';

const { PaymentClient, Webhook } = require('@portone/server-sdk');
const { CancelPaymentError, GetPaymentError, PreRegisterPaymentError } = require('@portone/server-sdk/payment');

const PATIENCE_MS = Number(process.env.PORTONE_PATIENCE_MS || 5000);
// The documented answers after which no cancellation was made. The SDK does not tell the HTTP status, so any other
// error may as well be one of a call that was worked off.
const REFUSALS = new Set([
  'CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN', 'CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT', 'FORBIDDEN', 'INVALID_REQUEST',
  'PAYMENT_ALREADY_CANCELLED', 'PAYMENT_NOT_FOUND', 'PAYMENT_NOT_PAID', 'PG_PROVIDER',
  'SUM_OF_PARTS_EXCEEDS_CANCEL_AMOUNT', 'UNAUTHORIZED',
]);
const STATUSES = new Set([
  'READY', 'PAY_PENDING', 'VIRTUAL_ACCOUNT_ISSUED', 'PAID', 'FAILED', 'PARTIAL_CANCELLED', 'CANCELLED',
]);

class Refused extends Error {} // PortOne said no
class Unclear extends Error {} // no answer, or none that says anything

class PortOne {
  constructor({ apiSecret, webhookSecrets, apiUrl }) {
    this.webhookSecrets = webhookSecrets;
    this.payments = PaymentClient({ secret: apiSecret, ...(apiUrl ? { baseUrl: apiUrl } : {}) });
  }

  // The content of a webhook, null where PortOne did not sign it, or it is no JSON. The SDK takes one secret: while a
  // new one takes the old one's place, both are right. `body` is the text as it came: what is signed is every byte.
  async verified(body, headers) {
    for (const secret of this.webhookSecrets) {
      try {
        return await Webhook.verify(secret, body, headers);
      } catch (error) {
        if (!(error instanceof Webhook.WebhookVerificationError || error instanceof SyntaxError)) throw error;
      }
    }
    return null;
  }

  // The payment as PortOne has it now, null where it knows none. Throws Unclear.
  async lookUp(paymentId) {
    try {
      return understood(await limited(this.payments.getPayment({ paymentId })), paymentId);
    } catch (error) {
      if (error instanceof GetPaymentError && error.data.type === 'PAYMENT_NOT_FOUND') return null;
      throw unclear(error);
    }
  }

  // Registers what an order costs, so that the browser cannot ask for another amount. Throws Refused where it is paid
  // already, and Unclear.
  async preRegister({ paymentId, totalAmount, currency }) {
    try {
      await limited(this.payments.preRegisterPayment({ paymentId, totalAmount, currency }));
    } catch (error) {
      const paid = error instanceof PreRegisterPaymentError && error.data.type === 'ALREADY_PAID';
      throw paid ? new Refused('it is paid already') : unclear(error);
    }
  }

  // Asks for a cancellation, in minor units. `REQUESTED` is a ticket: no money moved yet. Throws Refused and Unclear.
  async cancel({ paymentId, amount, left, reason }) {
    let answer;
    try {
      const asked = { paymentId, amount, currentCancellableAmount: left, reason };
      answer = await limited(this.payments.cancelPayment(asked));
    } catch (error) {
      if (error instanceof CancelPaymentError && REFUSALS.has(error.data.type)) {
        throw new Refused(error.data.pgMessage || error.data.message || error.data.type);
      }
      throw unclear(error);
    }
    const { id, status } = (answer && answer.cancellation) || {};
    if (status === 'FAILED') throw new Refused('the cancellation failed');
    if (!id || !['REQUESTED', 'SUCCEEDED'].includes(status)) throw new Unclear("PortOne's answer is no cancellation");
    return { id, status };
  }
}

// What the shop needs of a payment, amounts in minor units. A field that nobody asks for is ignored.
function understood(payment, paymentId) {
  const { total, cancelled } = (payment && payment.amount) || {};
  if (!payment || payment.id !== paymentId || !STATUSES.has(payment.status)
    || !Number.isSafeInteger(total) || !Number.isSafeInteger(cancelled)) {
    throw new Unclear("PortOne's answer is no payment that is understood");
  }
  return {
    id: payment.id, status: payment.status, total, cancelled, currency: payment.currency, storeId: payment.storeId,
    test: payment.channel ? payment.channel.type !== 'LIVE' : null, country: payment.country || null,
    cancellations: (payment.cancellations || []).map(({ id, status }) => ({ id, status })),
    // Without any nothing is known: the answer may be of before the dispute, and come late.
    disputed: (payment.disputes || []).length ? payment.disputes.some((one) => one.status === 'UNRESOLVED') : null,
  };
}

function unclear(error) {
  return error instanceof Unclear ? error : new Unclear(`PortOne did not answer: ${error.message || error.name}`);
}

// The SDK waits as long as fetch does, which is minutes.
function limited(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Unclear('PortOne took too long')), PATIENCE_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

module.exports = { PortOne, Refused, Unclear };
