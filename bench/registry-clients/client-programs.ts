// Clients of schema registries that write orders, read them, and manage a subject: other people's as programs, and ours, in this process.

import { Consumer } from '../../client/consumer/consumer.ts'
import { Producer } from '../../client/producer/producer.ts'
import { SchemaRegistry } from '../../schema-registry/serde/schema-registry.ts'
import { serde } from '../../schema-registry/serde/serde.ts'
import { repositoryPath } from '../../testing/repository-path.ts'
import { compatModule } from '../disk-swap/target.ts'
import { runCommand } from '../run-command.ts'
import type { ToldOrder } from './orders.ts'

export interface Place {
  readonly bootstrap: string
  readonly registry: string
}

export type Framing = 'id' | 'guid'

export interface WriteTask extends Place {
  readonly topic: string
  readonly schema: string
  readonly from: number
  readonly count: number
  readonly framing: Framing
}

export interface ManageTask extends Place {
  readonly subject: string
  readonly schema: string
  readonly nextSchema: string
  readonly brokenSchema: string
}

export interface RegistryProgram {
  readonly name: string
  /** What it writes into each order. */
  readonly writer: string
  /** Whether it knows ids in headers. */
  readonly knowsGuids: boolean
  write(task: WriteTask): Promise<void>
  read(task: Place & { readonly topic: string; readonly count: number }): Promise<ToldOrder[]>
  /** Undefined: it is no client of that kind. */
  manage?(task: ManageTask): Promise<Record<string, unknown>>
}

const writers: Readonly<Record<string, { writer: string; knowsGuids: boolean }>> = {
  '@kafkajs/confluent-schema-registry': { writer: 'kafkajs', knowsGuids: false },
  '@confluentinc/schemaregistry': { writer: 'confluent-js', knowsGuids: true },
  'confluent-kafka-python': { writer: 'python', knowsGuids: true },
  'franz-go sr': { writer: 'franz-go', knowsGuids: false },
}

/** Fetched and built when they are not there. Rejects with a sentence about what the machine lacks. */
export async function otherPrograms(): Promise<RegistryProgram[]> {
  const path = '../../schema-registry/compat/programs.mjs'
  const { registryPrograms } = (await compatModule(path)) as {
    registryPrograms: () => Promise<Record<string, string[]>>
  }
  return Object.entries(await registryPrograms()).map(([name, command]) => programOf(name, command))
}

function programOf(name: string, [command, ...before]: readonly string[]): RegistryProgram {
  const run = async (action: string, task: object): Promise<unknown[]> => {
    const args = [...before, action, JSON.stringify(task)]
    const { code, stdout, output } = await runCommand(command!, args, { cwd: repositoryPath('.') })
    if (code !== 0) throw new Error(`${name} ${action}: exit code ${code}\n${output.slice(-3000)}`)
    const lines = stdout.split('\n').filter(line => line.startsWith('@'))
    return lines.map(line => JSON.parse(line.slice(1)))
  }
  return {
    name,
    ...writers[name]!,
    write: async task => void (await run('write', task)),
    read: async task => (await run('read', task)) as ToldOrder[],
    manage: async task => (await run('manage', task))[0] as Record<string, unknown>,
  }
}

interface Order {
  id: number | bigint
  raw: Uint8Array
  digest: Uint8Array
  [field: string]: unknown
}

/** Our own client and serde. */
export const ownProgram: RegistryProgram = {
  name: 'millrace/serde',
  writer: 'millrace',
  knowsGuids: true,
  async write({ bootstrap, registry, topic, schema, from, count, framing }) {
    const schemaId = framing === 'guid' ? 'header' : 'prefix'
    const orders = serde<Order>({ registry, schema, schemaId })
    const producer = new Producer({ bootstrap })
    for (let index = from; index < from + count; index += 1) {
      const headers: Record<string, Uint8Array> = {}
      const value = await orders.serialize(topic, ownOrder(index), headers)
      await producer.send(topic, { value, headers })
    }
    await producer.close()
  },
  async read({ bootstrap, registry, topic, count }) {
    const orders = serde<Order>({ registry: new SchemaRegistry(registry) })
    const consumer = new Consumer({ bootstrap })
    consumer.assign([{ topic, partition: 0, offset: 'earliest' }])
    const read: ToldOrder[] = []
    for await (const { value, headers } of consumer.records()) {
      const order = await orders.deserialize(value!, headers)
      const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
      read.push({ ...order, raw: hex(order.raw), digest: hex(order.digest) } as unknown as ToldOrder)
      if (read.length === count) break
    }
    await consumer.close()
    return read
  },
}

function ownOrder(index: number): Order {
  return {
    id: BigInt(9_000_000_000 + index),
    writer: 'millrace',
    total: index + 0.25,
    note: index % 2 === 0 ? `note ${index}` : null,
    tags: ['a', `t${index}`],
    counts: { x: index, y: -index },
    state: ['NEW', 'PAID', 'SENT'][index % 3],
    customer: { name: `c${index}`, vip: index % 2 === 0 },
    raw: Buffer.from([0, index, 255]),
    digest: Buffer.from([1, 2, 3, index]),
  }
}
