// One client under load, in a process of its own: node load.mjs CLIENT FOLDER JOB
// CLIENT is a module beside this one, FOLDER holds node_modules with the npm clients, JOB is JSON (see jobs.ts). Prints one line of
// JSON. CPU is the whole process's, user and system, of all its threads (getrusage), over the measured part alone: what is done for
// warming up, and starting, is not in it. PeerLoad.java does the same for Kafka's Java client.
import { randomFillSync } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

const [clientName, folder, jobText] = process.argv.slice(2)
const job = JSON.parse(jobText)
const load = await import(pathToFileURL(join(import.meta.dirname, `${clientName}.mjs`)).href)
const client = await load.open({ ...job, packages: join(folder, 'node_modules') })

/** A client that has read nothing for so long will not read what is missing. */
const silenceMsMax = 30_000

/** What was read, from the first batch on: the time to the first one is the group's and the broker's. */
class Reading {
  records = 0
  bytes = 0
  #wanted
  #firstRecords = 0
  #startedMs = 0
  #watch
  #recordsBefore = 0
  constructor(wanted) {
    this.#wanted = wanted
    this.done = new Promise((resolve, reject) => {
      this.end = resolve
      this.fail = reject
    })
    this.#watch = setInterval(() => {
      if (this.records === this.#recordsBefore)
        this.fail(new Error(`${this.records} of ${wanted} records came, then nothing for ${silenceMsMax} ms`))
      this.#recordsBefore = this.records
    }, silenceMsMax)
  }
  /** True when that was the last of what is wanted. */
  add(records, bytes) {
    if (this.records === 0 && records > 0) {
      this.#firstRecords = records
      this.#startedMs = performance.now()
    }
    this.records += records
    this.bytes += bytes
    if (this.records < this.#wanted) return false
    clearInterval(this.#watch)
    this.seconds = (performance.now() - this.#startedMs) / 1000
    this.end()
    return true
  }
  get timedRecords() {
    return this.records - this.#firstRecords
  }
}

/** What `work` takes; it resolves with how many records it was and over how many seconds. */
async function measured(times, work) {
  const before = process.cpuUsage()
  const sum = { records: 0, bytes: 0, timedRecords: 0, seconds: 0 }
  for (let time = 0; time < times; time++) {
    const one = await work()
    for (const name of Object.keys(sum)) sum[name] += one[name]
  }
  const { user, system } = process.cpuUsage(before)
  return { ...sum, cpuSeconds: (user + system) / 1e6 }
}

async function produce({ records, warmUpRecords, recordBytes }) {
  const producer = await client.producer({ lingerMs: 5 })
  const value = randomFillSync(Buffer.alloc(recordBytes))
  await producer.produce(value, warmUpRecords)
  const result = await measured(1, async () => {
    const startedMs = performance.now()
    await producer.produce(value, records)
    const seconds = (performance.now() - startedMs) / 1000
    return { records, bytes: records * recordBytes, timedRecords: records, seconds }
  })
  await producer.close()
  return result
}

async function consume({ records, times, warmUpRecords, warmUpTimes }) {
  const read = async wanted => {
    const reading = new Reading(wanted)
    await Promise.all([reading.done, client.consume(reading)])
    return reading
  }
  for (let time = 0; time < warmUpTimes; time++) await read(warmUpRecords)
  return measured(times, () => read(records))
}

async function latency({ records, warmUpRecords, recordBytes }) {
  const producer = await client.producer({ lingerMs: 0, forOne: true })
  const value = randomFillSync(Buffer.alloc(recordBytes))
  for (let sent = 0; sent < warmUpRecords; sent++) await producer.send(value)
  const ms = []
  const startedMs = performance.now()
  const { cpuSeconds } = await measured(1, async () => {
    for (let sent = 0; sent < records; sent++) {
      const sentMs = performance.now()
      await producer.send(value)
      ms.push(performance.now() - sentMs)
    }
    return { records, bytes: 0, timedRecords: records, seconds: 0 }
  })
  const seconds = (performance.now() - startedMs) / 1000
  await producer.close()
  ms.sort((a, b) => a - b)
  const at = share => ms[Math.min(records - 1, Math.floor(records * share))]
  return { records, seconds, cpuSeconds, p50Ms: at(0.5), p99Ms: at(0.99) }
}

/** Resident memory once each consumer has read the topic to its end and waits for more. */
async function idle({ consumers, records, idleMs }) {
  const readings = Array.from({ length: consumers }, () => new Reading(records))
  for (const reading of readings) client.consume(reading, { stays: true }).catch(reading.fail)
  await Promise.all(readings.map(({ done }) => done))
  await pause(idleMs)
  const read = readings.reduce((sum, reading) => sum + reading.records, 0)
  return { records: read, residentBytes: process.memoryUsage.rss() }
}

const work = { produce, consume, latency, idle }[job.direction]
console.log(JSON.stringify(await work(job)))
// What idle clients leave open ends here.
process.exit(0)
