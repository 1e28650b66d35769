// A broker under full load for a long time, its resident memory looked at every second: records of 1 KB as fast as
// ProducerPerformance makes them over several partitions, consumers at the end of the topic, retention deleting behind them.

import { setTimeout } from 'node:timers/promises'
import type { RunningBroker } from '../comparison/compat-module.ts'
import { residentMegabytes } from '../comparison/proc-stat.ts'
import { Requests } from '../disk-swap/requests.ts'
import { producePerformance } from '../load/perf-tools.ts'
import { TailReader } from './tail-reader.ts'

const topic = 'soak'
const partitionCount = 4
const readerCount = 2
const recordBytes = 1000
const recordsPerPass = 1_000_000
const sampleMs = 1000
/** Half a gigabyte is there at any time, and segments come and go every few seconds. */
const topicSettings = {
  'segment.bytes': String(32 << 20),
  'retention.bytes': String(128 << 20),
  'file.delete.delay.ms': '1000',
}
/** Of the broker. */
export const soakSettings = { 'log.retention.check.interval.ms': 2000 }

export interface SoakResult {
  /** Of each second, in MB. */
  readonly residentMegabytes: readonly number[]
  readonly producedRecords: number
  readonly readBytes: number
}

export async function memorySoak(broker: RunningBroker, seconds: number): Promise<SoakResult> {
  const requests = await Requests.open(broker.port, 'soak')
  await requests.createTopic(topic, partitionCount, topicSettings)
  requests.close()
  const endMs = performance.now() + seconds * 1000
  const readers = await Promise.all(
    Array.from({ length: readerCount }, () => TailReader.open(broker.port, topic, partitionCount)),
  )
  const reading = Promise.all(readers.map(reader => reader.run()))
  const samples = sampleMemory(broker.pid, endMs)
  let producedRecords = 0
  while (performance.now() < endMs) {
    const settings = { acks: 1, 'batch.size': 131_072 }
    await producePerformance({ bootstrap: broker.bootstrap, topic, records: recordsPerPass, recordBytes, settings })
    producedRecords += recordsPerPass
  }
  for (const reader of readers) reader.stop()
  await reading
  const readBytes = readers.reduce((sum, reader) => sum + reader.readBytes, 0)
  return { residentMegabytes: await samples, producedRecords, readBytes }
}

async function sampleMemory(pid: number, endMs: number): Promise<number[]> {
  const samples: number[] = []
  for (; performance.now() < endMs; await setTimeout(sampleMs)) samples.push(residentMegabytes(pid))
  return samples
}
