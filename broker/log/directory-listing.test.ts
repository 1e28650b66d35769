// What is left over in a partition directory when work on it was interrupted.

import { describe, expect, test } from 'vitest'
import { batchOf, LogBench, readAll, recordsIn } from '../../testing/log-bench.ts'
import { listPartitionDirectory } from './directory-listing.ts'

async function bench(files: readonly string[]): Promise<LogBench> {
  const made = new LogBench()
  await made.disk.makeDirectory(made.path)
  for (const name of files) await made.disk.replaceFile(`${made.path}/${name}`, Buffer.from('x'))
  return made
}
const name = (offset: number, suffix: string) => String(offset).padStart(20, '0') + suffix

test('files that were about to go, or not finished, go; snapshots of the metadata log are its own business', async () => {
  const made = await bench([
    name(0, '.log'),
    name(0, '.index'),
    name(5, '.log.deleted'),
    name(5, '.snapshot.deleted'),
    name(0, '.log.cleaned'),
    '00000000000000000003-0000000001.checkpoint.deleted',
    '00000000000000000003-0000000001.checkpoint',
    'partition.metadata',
  ])
  const listing = await listPartitionDirectory(made.disk, made.path, made.logger)
  expect(listing.baseOffsets).toEqual([0])
  expect(await made.files()).toEqual([
    '00000000000000000000.index',
    '00000000000000000000.log',
    '00000000000000000003-0000000001.checkpoint',
    '00000000000000000003-0000000001.checkpoint.deleted',
    'partition.metadata',
  ])
})

test('an index without its log goes, and is named', async () => {
  const made = await bench([
    name(0, '.log'),
    name(7, '.index'),
    name(7, '.timeindex'),
    name(7, '.txnindex'),
    name(7, '.snapshot'),
  ])
  const listing = await listPartitionDirectory(made.disk, made.path, made.logger)
  expect([listing.baseOffsets, listing.snapshotOffsets]).toEqual([[0], [7]])
  expect(made.lines.map(line => line.text).join()).toMatch(/0000007\.index is an index without a log file/)
})

describe('the replacement of segments', () => {
  const config = { 'internal.segment.bytes': 200 }

  /** A log of four segments, three records each, closed. */
  async function closed(): Promise<LogBench> {
    const made = new LogBench()
    const log = await made.open(config)
    for (let i = 0; i < 4; i += 1) await made.append(log, batchOf(3))
    await made.done(log.close())
    return made
  }

  test('that was complete is finished', async () => {
    const made = await closed()
    // The cleaner made one segment of the first two, and was about to give it its name.
    for (const suffix of ['.log', '.index', '.timeindex']) {
      await made.disk.rename(`${made.path}/${name(0, suffix)}`, `${made.path}/${name(0, suffix)}.swap`)
    }
    const cleaned = await made.disk.open(`${made.path}/${name(0, '.log')}.swap`, 'write')
    await cleaned.write([made.file(name(3, '.log'))], await cleaned.size())
    await cleaned.close()
    const log = await made.open(config, { wasClean: true })
    expect(recordsIn(await readAll(log)).map(record => record.offset)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    expect((await made.files()).filter(each => each.includes(name(3, '')) || each.endsWith('.swap'))).toEqual([])
  })

  test('that belongs to a split which was not finished is undone', async () => {
    const made = await closed()
    for (const suffix of ['.log.swap', '.log.cleaned'])
      await made.disk.replaceFile(`${made.path}/${name(3, suffix)}`, Buffer.from('x'))
    const log = await made.open(config, { wasClean: true })
    expect(recordsIn(await readAll(log)).length).toBe(12)
    expect((await made.files()).filter(each => /swap|cleaned/.test(each))).toEqual([])
  })
})
