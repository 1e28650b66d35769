// The coordinators' own topics, with segments so small that either broker's cleaner works on them: the next coordinator loads what the
// other broker has compacted, among it offsets and outcomes of transactions.

import { readdirSync } from 'node:fs'
import { incrementalAlterConfigs } from '../../protocol/messages/incremental-alter-configs.ts'
import { activeSegment, cleanedTo } from './cleaned-topics.ts'
import { check, type Requests } from './requests.ts'
import type { Place, SwapWork } from './work.ts'

const topics = ['__consumer_offsets', '__transaction_state']
const settings = { 'internal.segment.bytes': '4096', 'min.cleanable.dirty.ratio': '0.001', 'segment.ms': '600000' }
const topicResource = 2
const set = 0
const cleanMsMax = 60_000
const betweenLooksMs = 50

export class CoordinatorTopics implements SwapWork {
  #round = 0

  async start(): Promise<void> {}

  async resume(): Promise<void> {}

  /** After the other works: they bring the topics into being. */
  async write(requests: Requests, { logDirs }: Place): Promise<void> {
    this.#round++
    if (this.#round === 1) await makeSegmentsSmall(requests)
    // In the first turn nothing has been written to small segments yet.
    else for (const topic of topics) await untilSomeIsClean(logDirs, topic)
  }
}

async function makeSegmentsSmall(requests: Requests): Promise<void> {
  const configs = Object.entries(settings).map(([name, value]) => ({ name, value, configOperation: set }))
  const resources = topics.map(resourceName => ({ resourceType: topicResource, resourceName, configs }))
  const answer = await requests.send(incrementalAlterConfigs, 1, { resources, validateOnly: false })
  for (const { resourceName, errorCode, errorMessage } of answer.responses) {
    check(`IncrementalAlterConfigs of ${resourceName}`, errorCode, errorMessage)
  }
}

/** Waits until one of its partitions has been cleaned from the start: open transactions may keep others from it. */
async function untilSomeIsClean(logDirs: readonly string[], topic: string): Promise<void> {
  const untilMs = Date.now() + cleanMsMax
  for (;;) {
    const partitions = logDirs.flatMap(logDir => partitionsOf(logDir, topic))
    // Nothing has to be cleaned before the first segment is full.
    const due = partitions.filter(({ activeSegmentOffset }) => activeSegmentOffset > 0)
    if (due.length === 0 || due.some(({ cleanedOffset }) => cleanedOffset > 0)) return
    if (Date.now() > untilMs) throw new Error(`no partition of ${topic} was cleaned within ${cleanMsMax} ms`)
    await new Promise(resolve => setTimeout(resolve, betweenLooksMs))
  }
}

function partitionsOf(logDir: string, topic: string) {
  const numbers = readdirSync(logDir).flatMap(name => new RegExp(`^${topic}-(\\d+)$`).exec(name)?.[1] ?? [])
  return numbers.map(number => ({
    activeSegmentOffset: activeSegment(logDir, `${topic}-${number}`),
    cleanedOffset: cleanedTo(logDir, topic, Number(number)),
  }))
}
