// Drives a client library line by line: a call comes in as JSON, its result or its error goes out as JSON.
'use strict';

const readline = require('node:readline');

// `told` says of an error what a merchant's code can see of it.
module.exports = async function serve(perform, told) {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { method, arguments: given, options } = JSON.parse(line);
    if (Object.keys(options).length > 0) given.push(options);
    let answer;
    try {
      answer = { result: (await perform(method, given)) ?? null };
    } catch (error) {
      answer = { error: { kind: error.name ?? typeof error, ...told(error) } };
    }
    process.stdout.write(JSON.stringify(answer) + '\n');
  }
};
