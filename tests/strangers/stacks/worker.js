'use strict'
// Works the queue off: asks PortOne about a payment and reports what it says to the server.
const jobs = require('./jobs')
const portone = require('./portone')

async function work({ imp_uid, merchant_uid }) {
  const uid = imp_uid || (await portone.find(merchant_uid) || {}).imp_uid
  const payment = uid ? await portone.payment(uid) : null
  if (!payment) return // PortOne knows nothing of it: there is nothing to do
  const answer = await fetch(`http://127.0.0.1:${process.env.STACKS_HTTP}/internal/payments`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Stacks-Key': process.env.STACKS_INTERNAL },
    body: JSON.stringify(payment),
  })
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`)
}

function round() {
  for (const job of jobs.take()) {
    work(job).catch((error) => {
      if ((job.tries || 0) > 40) return console.error('given up', job, error.message)
      return jobs.leave({ ...job, tries: (job.tries || 0) + 1 }, 1000)
    })
  }
}

setInterval(round, 150)
process.on('disconnect', () => process.exit()) // the server is gone
