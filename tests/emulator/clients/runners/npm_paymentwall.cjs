// npm `paymentwall`: widget addresses and pingbacks. Arguments: Paymentwall's address, project and secret key.
'use strict';

const Paymentwall = require('paymentwall');
const serve = require('./lines.cjs');

const [url, projectKey, secretKey] = process.argv.slice(2);
Paymentwall.Configure(Paymentwall.Base.API_GOODS, projectKey, secretKey);
Paymentwall.Configure.prototype.WIDGET_BASE_URL = `${url}/api`;

function widget(user, code, [productId, amount, currency, name], extra) {
  const product = new Paymentwall.Product(productId, amount, currency, name);
  return new Paymentwall.Widget(user, code, [product], extra).getUrl();
}

function pingback(parameters, address, ...rest) {
  const pingback = new Paymentwall.Pingback(parameters, address);
  return {
    validate: pingback.validate(...rest),
    errors: pingback.getErrors(),
    type: pingback.getType() ?? null,
    user: pingback.getUserId(),
    product: pingback.getProductId(),
    reference: pingback.getReferenceId(),
    deliverable: pingback.isDeliverable(),
    cancelable: pingback.isCancelable(),
  };
}

const signature = Paymentwall.WidgetSignature.calculateSignature;

serve(
  (method, given) => ({ widget, pingback, signature })[method](...given),
  (error) => ({ message: error.message }),
);
