// Our side: `millrace start` with its registry, one process, and a data directory whose `_schemas` has been filled before.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Admin } from '../../client/admin/admin.ts'
import { Producer } from '../../client/producer/producer.ts'
import { silentLogger } from '../../io/logger.ts'
import { createOrVerifyTopic } from '../../schema-registry/log/schemas-topic.ts'
import { schemaKey } from '../../schema-registry/store/record-keys.ts'
import { schemaValue } from '../../schema-registry/store/record-values.ts'
import { repositoryPath } from '../../testing/repository-path.ts'
import { freePorts } from '../registry-failover/registry-process.ts'
import { type ManySchema, manySchemas } from './many-schemas.ts'
import type { Side } from './side.ts'
import { untilAnswered } from './side.ts'

const topic = '_schemas'
const topicTimeoutMs = 60_000

/** @param dataDir of the broker; it stays */
export function ourSide(dataDir: string): Side {
  return {
    name: 'Millrace',
    async fill(count) {
      const server = await startServer(dataDir, 'off')
      try {
        await fillTopic(server.bootstrap, count)
      } finally {
        await server.stop()
      }
      return Array.from({ length: count }, (_, i) => i + 1)
    },
    async start(id) {
      const startedMs = performance.now()
      const server = await startServer(dataDir, 'on')
      await untilAnswered(`${server.url}/schemas/ids/${id}`, server)
      return { ...server, startMs: performance.now() - startedMs }
    },
  }
}

async function startServer(dataDir: string, registry: 'on' | 'off') {
  const [port, registryPort] = (await freePorts(2)) as [number, number]
  const listen = registry === 'off' ? 'off' : `127.0.0.1:${registryPort}`
  const options = ['--port', String(port), '--data', dataDir, '--registry', listen]
  const program = repositoryPath('dist/bundle/millrace.js')
  const child = spawn(process.execPath, [program, 'start', ...options], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk))
  process.once('exit', () => child.kill('SIGKILL'))
  const server = {
    pid: child.pid!,
    bootstrap: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${registryPort}`,
    output: () => output,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    stop: () => stopChild(child),
  }
  while (registry === 'off' && !output.includes('ready')) {
    if (server.hasEnded()) throw new Error(`our broker ended while starting:\n${output}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return server
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

/** What 100,000 registrations would have left in the topic. */
async function fillTopic(bootstrap: string, count: number): Promise<void> {
  const admin = new Admin({ bootstrap })
  const producer = new Producer({ bootstrap })
  try {
    await createOrVerifyTopic(admin, { topic, replicationFactor: 1, timeoutMs: topicTimeoutMs }, silentLogger)
    await producer.sendBatch(topic, [...manySchemas(count)].map(recordOf))
  } finally {
    await producer.close()
    await admin.close()
  }
}

function recordOf({ subject, version, id, text }: ManySchema) {
  const content = { type: 'AVRO', text, references: [], metadata: undefined, ruleSet: undefined }
  const value = schemaValue({ subject, version, id, content, isDeleted: false, unknown: undefined })
  return { key: schemaKey(subject, version), value, partition: 0 }
}
