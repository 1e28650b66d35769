// What the kernel is asked for, as strace sees it: the bytes of a fetch leave by sendfile, and a produce request is one write.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fetch } from '../../protocol/messages/fetch.ts'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import { repositoryPath } from '../../testing/repository-path.ts'
import { processModule, type RunningBroker, targetModules } from '../comparison/compat-module.ts'
import { Requests } from '../disk-swap/requests.ts'
import type { Show } from './show.ts'

const topic = 'traced'
const requestCount = 100
const valueBytes = 20_000
/** Written to the files of the log, or sent. */
const traced = 'trace=write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,sendfile'

export const dataPath2: Show = {
  id: 'data-path.2',
  title: 'strace: fetched bytes go by sendfile, a produce request makes one write',
  async run() {
    const { works } = await processModule()
    if (!(await works('strace', '-V'))) return { pass: false, figure: 'strace is needed: apt-get install strace' }
    const folder = mkdtempSync(join(tmpdir(), 'millrace-traced-'))
    const { startMillrace } = await targetModules()
    const program = repositoryPath('dist/bundle/millrace.js')
    const broker = await startMillrace({ dataDir: join(folder, 'data'), program })
    try {
      return await trace(broker, join(folder, 'strace.txt'))
    } finally {
      await broker.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

async function trace(broker: RunningBroker, output: string) {
  const requests = await Requests.open(broker.port, 'traced')
  await requests.createTopic(topic, 1)
  const stop = await startTracing(broker.pid, output)
  for (let count = 0; count < requestCount; count++) {
    await requests.produce(topic, 0, buildBatch([{ value: Buffer.alloc(valueBytes, count) }]))
  }
  const fetchedBytes = await fetchAll(requests)
  requests.close()
  await stop()
  const calls = readFileSync(output, 'utf8').split('\n')
  const logWrites = calls.filter(line => /\bpwritev?2?(64)?\(\d+<[^>]*traced-0\/\d+\.log>/.test(line)).length
  const bySendfile = sum(calls, /\bsendfile\(.*= (\d+)$/)
  const otherwise = sum(calls, /\b(?:write|writev|sendto|sendmsg)\(\d+<(?:TCP|socket)[^>]*>.*= (\d+)$/)
  const figure = `${requestCount} produce requests, ${logWrites} writes to the log; ${fetchedBytes} bytes fetched, ${bySendfile} of them by sendfile, ${otherwise} bytes of answers by sendmsg`
  const isSent = bySendfile === fetchedBytes && otherwise < fetchedBytes / 20
  return { pass: logWrites === requestCount && isSent, figure }
}

async function startTracing(pid: number, output: string): Promise<() => Promise<void>> {
  const { start } = await processModule()
  const strace = start('strace', ['-f', '-yy', '-e', traced, '-o', output, '-p', String(pid)])
  // It says so once it has the process.
  while (!/attached/.test(strace.result.stderr)) await setTimeout(20)
  return async () => {
    strace.child.kill('SIGINT')
    await strace.done
  }
}

/** Everything in the topic; answers the bytes of records. */
async function fetchAll(requests: Requests): Promise<number> {
  let bytes = 0
  for (let fetchOffset = 0; fetchOffset < requestCount; ) {
    const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 1 << 20 }]
    const body = { maxWaitMs: 0, minBytes: 1, topics: [{ topic, partitions }], replicaId: -1 }
    const { records } = (await requests.send(fetch, 12, body)).responses[0]!.partitions[0]!
    bytes += records!.length
    // Whole batches of one record each; a cut one at the end is fetched again.
    fetchOffset += Math.floor(records!.length / (valueBytes + 1))
  }
  return bytes
}

function sum(lines: readonly string[], pattern: RegExp): number {
  return lines.reduce((total, line) => total + Number(pattern.exec(line)?.[1] ?? 0), 0)
}
