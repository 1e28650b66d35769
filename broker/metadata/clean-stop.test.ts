// What a clean stop leaves for the next start: a snapshot when much was logged.

import { expect, test } from 'vitest'
import { benchDirectory, MetadataBench } from '../../testing/metadata-bench.ts'
import { replayedBytesMax } from './storage/snapshot-keeper.ts'

const metadataDirectory = `${benchDirectory}/__cluster_metadata-0`
const settings = { 'metadata.max.idle.interval.ms': '0' }

function topic(name: string, numPartitions: number) {
  const topics = [{ name, numPartitions, replicationFactor: 1, assignments: [], configs: [] }]
  return { topics, timeoutMs: 0, validateOnly: false }
}

async function snapshots(bench: MetadataBench): Promise<string[]> {
  const listed = await bench.disk.list(metadataDirectory)
  return listed.map(({ name }) => name).filter(name => name !== 'quorum-state')
}

/** Snapshots are written slice by slice. */
async function close(bench: MetadataBench): Promise<void> {
  const closing = bench.metadata.close()
  await bench.clock.run(100)
  await closing
}

test('a clean stop after much leaves one at the end of the log, one after little none', async () => {
  const first = await MetadataBench.serving({ settings })
  await first.metadata.createTopics(topic('small', 10))
  await close(first)
  expect(await snapshots(first)).toHaveLength(1)
  const second = await MetadataBench.open({ disk: first.disk, log: first.log.crash(), settings })
  await second.metadata.createTopics(topic('large', 4000))
  expect(second.log.sizeBytes).toBeGreaterThan(replayedBytesMax)
  const { endOffset } = second.log
  await close(second)
  const found = await snapshots(second)
  expect(found).toHaveLength(2)
  expect(Number(found.at(-1)!.slice(0, 20))).toBe(endOffset)
  const third = await MetadataBench.open({ disk: first.disk, log: second.log.crash(), settings })
  expect(third.metadata.image.topicByName('large')!.partitions).toHaveLength(4000)
  expect(third.metadata.image.topicCount).toBe(2)
  // Nothing of what the snapshot holds counts again.
  await close(third)
  expect(await snapshots(third)).toHaveLength(2)
})
