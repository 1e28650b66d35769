// The broker as a whole: starting, failing to start, failing for good, stopping, and being the same every time.

import { describe, expect, test } from 'vitest'
import { SimWorld } from '../io/sim/world.ts'
import { createTopics } from '../protocol/messages/create-topics.ts'
import { fetch } from '../protocol/messages/fetch.ts'
import { produce } from '../protocol/messages/produce.ts'
import { buildBatch } from '../protocol/records/batch-builder.ts'
import { Broker } from './broker.ts'
import { brokerConfig } from './config/broker-config.ts'
import { developmentProfile } from './config/development-profile.ts'
import { SimBroker } from './server/replay/sim-broker.ts'

const batch = (text: string) => buildBatch([{ key: null, value: Buffer.from(text), headers: [], timestamp: 1000 }])
const produceOf = (text: string) => ({
  acks: -1,
  timeoutMs: 1000,
  topicData: [{ name: 't', partitionData: [{ index: 0, records: batch(text) }] }],
})
const topic = { topics: [{ name: 't', numPartitions: 3, replicationFactor: 1 }], timeoutMs: 1000 }

const configOf = (port: number, dataDir: string) => brokerConfig({ profile: developmentProfile({ port, dataDir }) })

describe('starting', () => {
  test('on port 0 tells the port, and advertises it', async () => {
    const sim = new SimWorld({ seed: 1 })
    const world = sim.host('broker').start()
    const broker = await sim.complete(Broker.start({ world, config: configOf(0, '/data') }))
    expect(broker.port).toBeGreaterThan(0)
    expect(broker.addresses).toEqual([{ listener: 'PLAINTEXT', host: '127.0.0.1', port: broker.port }])
    expect(broker.metadata.image.brokers.get(1)!.endpoints).toMatchObject([{ host: '127.0.0.1', port: broker.port }])
    await sim.complete(broker.stop())
  })

  test('on a port in use says so and leaves nothing behind: the directory can be used at once', async () => {
    const sim = new SimWorld({ seed: 1 })
    const world = sim.host('broker').start()
    const first = await sim.complete(Broker.start({ world, config: configOf(9092, '/data') }))
    const second = sim.complete(Broker.start({ world, config: configOf(9092, '/other') }))
    await expect(second).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' })
    const third = await sim.complete(Broker.start({ world, config: configOf(9093, '/other') }))
    await sim.complete(Promise.all([first.stop(), third.stop()]))
  })

  test('again on the same directory is the same cluster', async () => {
    const sim = await SimBroker.start()
    const { clusterId } = sim.broker
    expect(clusterId).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/)
    await sim.stop()
    await sim.start()
    expect(sim.broker.clusterId).toBe(clusterId)
    await sim.stop()
  })
})

describe('a metadata log that cannot be written', () => {
  test('ends the broker: it falls silent, and says why once', async () => {
    const sim = await SimBroker.start()
    const client = await sim.connect()
    sim.host.disk.fail({ operation: 'write', path: '/data/__cluster_metadata-0' })
    let isAnswered = false
    void client.send(createTopics, 7, topic).then(() => {
      isAnswered = true
    })
    await sim.world.runFor(2000)
    expect(isAnswered).toBe(false)
    expect(client.isClosed).toBe(true)
    expect(sim.fatal).toHaveLength(1)
    expect(sim.fatal[0]!.message).toContain('__cluster_metadata-0')
    await expect(sim.connect()).rejects.toMatchObject({ code: 'REFUSED' })
    await sim.stop()
  })
})

describe('stopping', () => {
  test('twice is once; records under way are written and acknowledged before', async () => {
    const sim = await SimBroker.start()
    const client = await sim.connect()
    await client.ask(createTopics, 7, topic)
    const answers = Array.from({ length: 20 }, (_, i) => client.send(produce, 12, produceOf(`v${i}`)))
    await sim.world.runFor(0.6)
    await sim.world.complete(Promise.all([sim.broker.stop(), sim.broker.stop()]))
    const settled = await Promise.all(answers.map(answer => Promise.race([answer, undefined])))
    const acknowledged = settled.filter(answer => answer?.responses[0]?.partitionResponses[0]?.errorCode === 0).length
    await sim.start()
    const log = sim.broker.partitions.get('t', 0)!.log
    expect(acknowledged).toBeGreaterThan(0)
    expect(acknowledged).toBe(log.logEndOffset)
    await sim.stop()
  })
})

test('the same seed gives the same run, to the last byte', async () => {
  const run = async (seed: number) => {
    const sim = await SimBroker.start({ seed })
    const client = await sim.connect()
    await client.ask(createTopics, 7, topic)
    const waiting = client.send(fetch, 12, {
      maxWaitMs: 300,
      minBytes: 1000,
      topics: [{ topic: 't', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }],
    })
    const other = await sim.connect()
    for (let i = 0; i < 20; i++) await other.ask(produce, 12, produceOf(`v${i}`))
    await sim.world.complete(waiting)
    sim.host.crashProcess()
    await sim.start()
    await sim.stop()
    return sim.world.traceHash
  }
  expect(await run(3)).toBe(await run(3))
  expect(await run(3)).not.toBe(await run(4))
})
