// `node main.mjs CLIENT suite|produce|consume BOOTSTRAP ...`: one npm client against the broker. Prints `@{...}` lines.
import { readFileSync } from 'node:fs'
import { checksOf } from './checks.mjs'

const [clientName, mode, bootstrap, argument, only = ''] = process.argv.slice(2)
const { open } = await import(`./${clientName}.mjs`)
const client = await open(bootstrap)

const tell = entry => process.stdout.write(`@${JSON.stringify(entry)}\n`)
const bytes = text => (text === null ? null : Buffer.from(text, 'base64'))
const base64 = value => (value === null || value === undefined ? null : Buffer.from(value).toString('base64'))

async function suite(prefix) {
  let names = 0
  const name = what => `${prefix}-${what}-${++names}`
  let done = 0
  for (const [check, body] of Object.entries(checksOf(client))) {
    if (!check.includes(only)) continue
    const startedAt = Date.now()
    const failure = await body(client, name).then(
      () => undefined,
      cause => String(cause?.stack ?? cause),
    )
    tell({ check, ok: failure === undefined, ms: Date.now() - startedAt, detail: failure })
    done++
  }
  tell({ done })
}

async function produce(file) {
  const { topics, records } = JSON.parse(readFileSync(file, 'utf8'))
  const decoded = records.map(record => ({
    partition: 0,
    timestamp: record.timestamp,
    key: bytes(record.key),
    value: bytes(record.value),
    headers: record.headers.map(([header, value]) => [header, bytes(value)]),
  }))
  for (const { topic, codec } of topics) await client.produce(topic, decoded, { codec })
}

async function consume(file) {
  const { topics } = JSON.parse(readFileSync(file, 'utf8'))
  for (const { topic, count } of topics) {
    try {
      for (const record of await client.read(topic, 0, 0, count)) {
        const { offset, timestamp, key, value, headers } = record
        tell({
          topic,
          offset: Number(offset),
          timestamp: Number(timestamp),
          key: base64(key),
          value: base64(value),
          headers: headers.map(([header, each]) => [header, base64(each)]),
        })
      }
    } catch (cause) {
      console.error(`${topic}: ${cause?.stack ?? cause}`) // the harness misses its records and shows this
    }
  }
}

await { suite, produce, consume }[mode](argument)
await client.close()
process.exit(0)
