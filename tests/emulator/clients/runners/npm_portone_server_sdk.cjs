// npm `@portone/server-sdk` and `standardwebhooks`. Argument: the API's address. Methods are named `resource.method` and
// get the API secret first; `verify` and `standardwebhooks` read a webhook (secret, body, headers).
'use strict';

const PortOne = require('@portone/server-sdk');
const { Webhook } = require('standardwebhooks');
const serve = require('./lines.cjs');

const [baseUrl] = process.argv.slice(2);

const own = {
  verify: (key, body, headers) => PortOne.Webhook.verify(key, body, headers),
  standardwebhooks: (key, body, headers) => new Webhook(key).verify(body, headers),
};

serve(
  (name, given) => {
    if (name in own) return own[name](...given);
    const [resource, method] = name.split('.');
    const [secret, ...rest] = given;
    return PortOne.PortOneClient({ secret, baseUrl })[resource][method](...rest);
  },
  (error) => ({ type: error.data?.type, reason: error.reason, message: error.message }),
);
