// npm `iamport`'s own test suite, as it is published. Argument: the API's address. Writes what became of each test as JSON.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const Iamport = require('iamport/lib/iamport');
const Mocha = require('mocha');

Iamport.DEFAULT_HOST = process.argv[2];

const suite = path.join(path.dirname(require.resolve('iamport/package.json')), 'test');
const mocha = new Mocha({ reporter: class {} });
for (const file of fs.readdirSync(suite, { recursive: true }).sort()) {
  if (file.endsWith('.spec.js')) mocha.addFile(path.join(suite, file));
}
const ended = {};
mocha
  .run(() => process.stdout.write(JSON.stringify(ended)))
  .on('pass', (test) => { ended[test.fullTitle()] = null; })
  .on('fail', (test, error) => { ended[test.fullTitle()] = error.message; });
