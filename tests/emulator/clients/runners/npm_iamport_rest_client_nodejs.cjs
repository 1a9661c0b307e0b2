// npm `iamport-rest-client-nodejs`. Arguments: the API's address, REST key, secret. Methods are named `Request.method`.
'use strict';

const { Iamport, Request } = require('iamport-rest-client-nodejs');
const serve = require('./lines.cjs');

const [baseUrl, apiKey, apiSecret] = process.argv.slice(2);
const client = new Iamport({ apiKey, apiSecret, baseUrl });

serve(
  async (name, given) => {
    const [request, method] = name.split('.');
    return (await Request[request][method](...given).request(client)).data;
  },
  // As the README reads an error; its message is axios's.
  (error) => ({ message: error.message, status: error.response?.status, data: error.response?.data }),
);
