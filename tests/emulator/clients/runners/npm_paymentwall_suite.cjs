// npm `paymentwall`'s own scenarios of its widgets, as they are published. Argument: Paymentwall's address. Writes
// Cucumber's report as JSON.
'use strict';

const path = require('node:path');
const { Cli } = require('cucumber');
const Paymentwall = require('paymentwall');

Paymentwall.Configure.prototype.WIDGET_BASE_URL = `${process.argv[2]}/api`;

process.chdir(path.dirname(require.resolve('paymentwall/package.json'))); // where its steps look for the library
const asked = ['features/widget.feature', '--require', 'features', '--format', 'json'];
Cli([...process.argv.slice(0, 2), ...asked]).run(() => undefined);
