// The load under which nobody may be kept waiting: a consumer reads segments that no longer are in the page cache, while
// producers go on.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { RunningBroker } from '../comparison/compat-module.ts'
import { processModule } from '../comparison/compat-module.ts'
import { Requests } from '../disk-swap/requests.ts'
import { consumePerformance, producePerformance } from '../load/perf-tools.ts'

const recordBytes = 1000
const coldTopic = 'cold'
const liveTopic = 'live'
const liveRecordsPerSecond = 20_000

export async function fillColdTopic(broker: RunningBroker, records: number): Promise<void> {
  const requests = await Requests.open(broker.port, 'cold')
  await requests.createTopic(coldTopic, 1, { 'segment.bytes': String(128 << 20) })
  await requests.createTopic(liveTopic, 4)
  requests.close()
  const settings = { acks: 1, 'batch.size': 131_072 }
  await producePerformance({ bootstrap: broker.bootstrap, topic: coldTopic, records, recordBytes, settings })
}

/** Lets the kernel forget the topic's files; answers how many bytes of them it still has (all, where it would not). */
export async function forgetColdTopic(dataDir: string): Promise<void> {
  const { run } = await processModule()
  const folder = join(dataDir, `${coldTopic}-0`)
  await run('sync', ['-f', folder], { timeoutMs: 120_000 })
  for (const name of readdirSync(folder).filter(each => each.endsWith('.log'))) {
    await run('dd', [`if=${join(folder, name)}`, 'iflag=nocache', 'count=0', 'status=none'], { timeoutMs: 60_000 })
  }
}

/** One cold consumer, and producers at a fixed rate as long as it reads. */
export async function readColdWhileProducing(broker: RunningBroker, records: number, seconds: number): Promise<void> {
  const { bootstrap } = broker
  const settings = { acks: 'all', 'linger.ms': 2 }
  await Promise.all([
    consumePerformance({ bootstrap, topic: coldTopic, records }),
    producePerformance({
      ...{ bootstrap, topic: liveTopic, recordBytes, settings },
      records: liveRecordsPerSecond * seconds,
      throughput: liveRecordsPerSecond,
    }),
  ])
}
