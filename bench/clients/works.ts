// The works: producing, reading, one record at a time, and being idle. What was produced is counted by what the broker holds, what was
// read by its bytes, and a pass fails when it is not all of it.

import type { Figure, Scale } from '../comparison/question.ts'
import type { Side } from '../comparison/side.ts'
import { producePerformance } from '../load/perf-tools.ts'
import { countRecords, createTopic, deleteTopic, withTopic } from '../load/topics.ts'
import type { ClientTargets, ClientWork } from './client-work.ts'
import type { Job, Outcome } from './jobs.ts'
import { awaitingEach, makingBuffers, millrace, others, type Peer, reusingMemory } from './peer.ts'
import { wallDetail } from './rows.ts'

const cpuUnit = 'CPU s per million records'
const rateUnit = 'thousand records/s'
const batchBytes = 131_072
const defaults = { records: 0, times: 1, warmUpRecords: 0, warmUpTimes: 0, recordBytes: 100, batchBytes, consumers: 0, idleMs: 0 } // biome-ignore format: one thought

type Amounts = readonly [full: number, quick: number]

/** Full and quick, of those who are fast and of those who are not. */
interface Amount {
  readonly fast: Amounts
  readonly slow: Amounts
}

const amountFor = (peer: Peer, scale: Scale, { fast, slow }: Amount) => scale.amount(peer.isFast ? fast : slow)

function figureOf({ records, timedRecords, seconds, cpuSeconds }: Outcome): Figure {
  const perSecond = timedRecords! / seconds!
  return {
    value: (cpuSeconds! / records) * 1e6,
    rate: perSecond / 1000,
    details: { cpuSeconds: cpuSeconds!, records, seconds: seconds!, [wallDetail]: 1e6 / perSecond },
  }
}

async function checkHeld(side: Side, topic: string, peer: Peer, records: number): Promise<void> {
  const held = await countRecords(side, topic, 1)
  if (held !== records) throw new Error(`${peer.name}: ${side.name} holds ${held} of ${records} records`)
}

export interface ClientLoad {
  readonly name: string
  readonly recordBytes: number
  readonly targets: ClientTargets
}

export function produceWork({ name, recordBytes, targets }: ClientLoad, amount: Amount, warmUp: Amount): ClientWork {
  return {
    name,
    unit: cpuUnit,
    rateUnit,
    peers: [millrace, ...others, awaitingEach],
    targets,
    async pass(peer, { side, scale, run }) {
      const { bootstrap } = await side.running()
      const records = amountFor(peer, scale, amount)
      const warmUpRecords = amountFor(peer, scale, warmUp)
      return withTopic(side, 1, async topic => {
        const job: Job = { ...defaults, direction: 'produce', bootstrap, topic, records, warmUpRecords, recordBytes }
        const outcome = await run(peer, job)
        await checkHeld(side, topic, peer, records + warmUpRecords)
        return figureOf(outcome)
      })
    },
  }
}

/** A topic that is filled once and read by everybody. */
function filled(recordBytes: number, amounts: Amounts) {
  let topic = ''
  return {
    name: () => topic,
    async prepare(side: Side, scale: Scale): Promise<void> {
      topic = side.newTopicName()
      await createTopic(side, topic, 1)
      const { bootstrap } = await side.running()
      const settings = { acks: 1, 'batch.size': batchBytes }
      await producePerformance({ bootstrap, topic, records: scale.amount(amounts), recordBytes, settings })
    },
    finish: (side: Side) => deleteTopic(side, topic),
  }
}

/** Times that the topic is read, measured and before. */
const [fastTimes, slowTimes] = [5, 1]
const fastWarmUpTimes = 2

export function consumeWork(load: ClientLoad, amounts: Amounts, slowWarmUp: Amounts): ClientWork {
  const { name, recordBytes, targets } = load
  const topic = filled(recordBytes, amounts)
  return {
    name,
    unit: cpuUnit,
    rateUnit,
    peers: [millrace, reusingMemory, ...others, makingBuffers],
    targets,
    prepare: topic.prepare,
    finish: topic.finish,
    async pass(peer, { side, scale, run }) {
      const { bootstrap } = await side.running()
      const records = scale.amount(amounts)
      const times = peer.isFast ? fastTimes : slowTimes
      const warmUp = peer.isFast
        ? { warmUpTimes: fastWarmUpTimes, warmUpRecords: records }
        : { warmUpTimes: 1, warmUpRecords: scale.amount(slowWarmUp) }
      const job: Job = { ...defaults, direction: 'consume', bootstrap, topic: topic.name(), records, times, ...warmUp }
      const outcome = await run(peer, job)
      const read = `${outcome.records} records of ${outcome.bytes} bytes`
      if (outcome.records !== times * records || outcome.bytes !== times * records * recordBytes)
        throw new Error(`${peer.name}: ${read} were read where there are ${times} x ${records} of ${recordBytes}`)
      return figureOf(outcome)
    },
  }
}

export function latencyWork(amount: Amounts, warmUp: Amounts): ClientWork {
  return {
    name: 'a single awaited send, p50',
    unit: 'ms',
    rateUnit: 'thousand records/s',
    peers: [millrace, ...others],
    more: [
      { name: 'a single awaited send, p99', unit: 'ms', detail: 'p99Ms' },
      { name: 'a single awaited send, CPU', unit: 'CPU us per record', detail: 'cpuMicros' },
    ],
    async pass(peer, { side, scale, run }) {
      const { bootstrap } = await side.running()
      const records = scale.amount(amount)
      const warmUpRecords = scale.amount(warmUp)
      return withTopic(side, 1, async topic => {
        const job: Job = { ...defaults, direction: 'latency', bootstrap, topic, records, warmUpRecords }
        const { p50Ms, p99Ms, seconds, cpuSeconds } = await run(peer, job)
        await checkHeld(side, topic, peer, records + warmUpRecords)
        const details = { p99Ms: p99Ms!, cpuMicros: (cpuSeconds! / records) * 1e6 }
        return { value: p50Ms!, rate: records / seconds! / 1000, details }
      })
    },
  }
}

const idleRecords: Amounts = [1000, 100]
const idleMs: Amounts = [1000, 300]

export function memoryWork(consumers: readonly [few: number, many: number]): ClientWork {
  const topic = filled(defaults.recordBytes, idleRecords)
  const [few, many] = consumers
  return {
    name: `resident with ${few} idle consumer`,
    unit: 'MB',
    peers: [millrace, ...others],
    warmsUp: false,
    more: [
      { name: `resident with ${many} idle consumers`, unit: 'MB', detail: 'manyMegabytes' },
      { name: 'resident for one more idle consumer', unit: 'MB', detail: 'eachMegabytes' },
    ],
    prepare: topic.prepare,
    finish: topic.finish,
    async pass(peer, { side, scale, run }) {
      const { bootstrap } = await side.running()
      const records = scale.amount(idleRecords)
      const wait = scale.amount(idleMs)
      const resident = async (count: number) => {
        const job: Job = { ...defaults, direction: 'idle', bootstrap, topic: topic.name(), records, consumers: count, idleMs: wait } // biome-ignore format: one thought
        const outcome = await run(peer, job)
        if (outcome.records !== count * records)
          throw new Error(`${peer.name}: ${count} consumers read ${outcome.records} records of ${records} each`)
        return outcome.residentBytes! / 1e6
      }
      const fewMegabytes = await resident(few)
      const manyMegabytes = await resident(many)
      const eachMegabytes = (manyMegabytes - fewMegabytes) / (many - few)
      return { value: fewMegabytes, details: { manyMegabytes, eachMegabytes } }
    },
  }
}
