// PortOne by its official client, with what that leaves to the merchant: time limits, test payments, a token's end.
'use strict';

const { Iamport, Request } = require('iamport-rest-client-nodejs');

const PATIENCE_MS = Number(process.env.PORTONE_PATIENCE_MS || 5000);

class Refused extends Error {} // PortOne said no
class Unclear extends Error {} // no answer, or none that says anything

// The client's own class for payments leaves sandbox out.
class WholePayment {
  setAttributes(response) { this.response = response; }

  getAttributes() { return this.response; }
}

class PortOne {
  constructor({ live, defect }) {
    this.live = live;
    this.defect = defect;
    this.client = new Iamport({
      apiKey: process.env.PORTONE_API_KEY || '8765432187654321',
      apiSecret: process.env.PORTONE_API_SECRET || '',
      ...(process.env.PORTONE_API_URL ? { baseUrl: process.env.PORTONE_API_URL } : {}),
    });
  }

  // The payment as PortOne has it now, null where it knows none. Throws Unclear.
  async lookUp(imp_uid) {
    return this.question(() => {
      const request = Request.Payments.getByImpUid({ imp_uid });
      request.params = this.live ? {} : { include_sandbox: true }; // test payments are left out otherwise
      request.responseClass = new WholePayment();
      return request;
    });
  }

  // imp_uid of the newest payment for a merchant_uid, null where there is none. Throws Unclear.
  async find(merchant_uid) {
    const asked = { merchant_uid, status: '', sorting: '-started' };
    const found = await this.question(() => Request.Payments.getByMerchantUid(asked));
    return found && found.imp_uid;
  }

  // Registers what an order costs. That it is registered already is as good.
  async prepare({ merchant_uid, amount, currency }) {
    try {
      await this.ask(() => Request.Prepare.postAmount({ merchant_uid, amount, currency }));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }

  // Returning means that the request was taken, not that money moved. Throws Refused and Unclear.
  async cancel(imp_uid, amount, checksum) {
    const body = { imp_uid, amount, checksum, reason: 'Refund by the operator', enable_webhook: true };
    try {
      await this.ask(() => Request.Payments.cancel(body));
    } catch (error) {
      if (this.defect !== 'takes-http-200-for-yes' || !(error instanceof Refused)) throw error;
    }
  }

  async question(made) {
    try {
      return await this.ask(made);
    } catch (error) {
      if (error.status === 404) return null;
      throw error instanceof Refused ? new Unclear(`PortOne did not answer: ${error.message}`) : error;
    }
  }

  async ask(made, again = true) {
    try {
      const answer = await limited(made().request(this.client));
      const payment = answer.data && answer.data.response;
      if (!payment) throw new Unclear('PortOne answered nothing that can be understood');
      return payment;
    } catch (error) {
      const { status, data } = error.response || {};
      if (status === 401 && again) { // the token's end came early
        this.client.token = null;
        return this.ask(made, false);
      }
      if (data && Number.isInteger(data.code) && !(status >= 500)) {
        throw Object.assign(new Refused(data.message || `code ${data.code}`), { status });
      }
      throw error instanceof Unclear ? error : new Unclear(`PortOne did not answer: ${error.message || status}`);
    }
  }
}

function limited(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Unclear('PortOne took too long')), PATIENCE_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

module.exports = { PortOne, Refused, Unclear };
