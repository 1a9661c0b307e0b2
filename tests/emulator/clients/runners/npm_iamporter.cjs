// npm `iamporter`. Arguments: the API's address, REST key, secret.
'use strict';

const { Iamporter } = require('iamporter');
const serve = require('./lines.cjs');

const [host, apiKey, secret] = process.argv.slice(2);
const client = new Iamporter({ apiKey, secret, host });

serve(
  (method, given) => client[method](...given),
  (error) => ({ message: error.message, status: error.status, code: error.raw?.code }),
);
