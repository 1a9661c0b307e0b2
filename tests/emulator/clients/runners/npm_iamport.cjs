// npm `iamport`. Arguments: the API's address, REST key, secret. Methods are named `resource.method`.
'use strict';

const Iamport = require('iamport');
const serve = require('./lines.cjs');

const [url, impKey, impSecret] = process.argv.slice(2);
Iamport.DEFAULT_HOST = url;
const client = new Iamport({ impKey, impSecret });

serve(
  (name, given) => {
    const [resource, method] = name.split('.');
    return client[resource][method](...given);
  },
  (error) => ({ code: error.code, message: error.message }),
);
