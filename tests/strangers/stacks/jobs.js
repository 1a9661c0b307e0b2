'use strict'
// The queue: a folder with one file a job, named by when it is due. There is one worker.
const { mkdirSync, readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } = require('node:fs')
const { randomUUID } = require('node:crypto')
const { join } = require('node:path')

const FOLDER = join(process.env.STACKS_DIR, 'jobs')
mkdirSync(FOLDER, { recursive: true })

function leave(job, delayMs = 1500) {
  const due = String(Date.now() + delayMs).padStart(15, '0')
  const path = join(FOLDER, `${due}-${randomUUID()}`)
  writeFileSync(`${path}.new`, JSON.stringify(job))
  renameSync(`${path}.new`, `${path}.job`)
}

function take() {
  const now = Date.now()
  const due = readdirSync(FOLDER).filter((name) => name.endsWith('.job') && Number(name.slice(0, 15)) <= now)
  return due.sort().map((name) => {
    const path = join(FOLDER, name)
    const job = JSON.parse(readFileSync(path, 'utf8'))
    unlinkSync(path)
    return job
  })
}

module.exports = { leave, take }
