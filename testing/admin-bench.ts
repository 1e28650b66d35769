// A broker on real sockets and an Admin of it, for tests that ask the one through the other; records, members and
// transactions are made with single requests, so that nothing but the two is tested.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Broker } from '../broker/broker.ts'
import { brokerConfig } from '../broker/config/broker-config.ts'
import { developmentProfile } from '../broker/config/development-profile.ts'
import { Admin } from '../client/admin/admin.ts'
import { realWorld } from '../io/real-world.ts'
import { buildBatch } from '../protocol/records/batch-builder.ts'

const quick = {
  'group.initial.rebalance.delay.ms': '0',
  'offsets.topic.num.partitions': '3',
  'transaction.state.log.num.partitions': '3',
}

export class AdminBench {
  readonly admin: Admin
  readonly directory: string
  readonly broker: Broker

  private constructor(broker: Broker, directory: string) {
    this.broker = broker
    this.directory = directory
    this.admin = new Admin({ bootstrap: this.bootstrap, apiTimeoutMs: 20_000, unknownWaitMs: 0 })
  }

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<AdminBench> {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-admin-'))
    const profile = developmentProfile({ port: 0, dataDir: join(directory, 'data') })
    const config = brokerConfig({ profile, properties: new Map(Object.entries({ ...quick, ...settings })) })
    return new AdminBench(await Broker.start({ world: realWorld(), config }), directory)
  }

  get bootstrap(): string {
    return `127.0.0.1:${this.broker.port}`
  }

  async stop(): Promise<void> {
    await this.admin.close()
    await this.broker.stop()
    rmSync(this.directory, { recursive: true, force: true })
  }

  /** Records with these values in the topic's partition; answers the first one's offset. */
  async produce(topic: string, partition: number, values: readonly string[], timestamp = Date.now()): Promise<number> {
    const records = buildBatch(values.map(value => ({ key: null, value: Buffer.from(value), headers: [], timestamp })))
    const topicData = [{ name: topic, partitionData: [{ index: partition, records }] }]
    const { responses } = await this.admin.raw('Produce', 12, { acks: -1, timeoutMs: 5000, topicData })
    const { errorCode, baseOffset } = responses[0]!.partitionResponses[0]!
    if (errorCode !== 0) throw new Error(`not stored: error ${errorCode}`)
    return Number(baseOffset)
  }

  /** A member of a group of the consumer protocol, in which it stays until its session ends; answers its id. */
  async join(groupId: string, topics: readonly string[]): Promise<string> {
    const memberId = `member-of-${groupId}`
    const coordinator = { group: groupId }
    const body = { groupId, memberId, rebalanceTimeoutMs: 30_000, subscribedTopicNames: topics, topicPartitions: [] }
    const joined = await this.admin.raw('ConsumerGroupHeartbeat', 1, { ...body, memberEpoch: 0 }, { coordinator })
    if (joined.errorCode !== 0) throw new Error(`did not join: ${joined.errorMessage}`)
    return memberId
  }

  /** A static member of a classic group of the given protocol type, alone in it; answers its id. */
  async joinClassic(groupId: string, protocolType: string, assignment: Uint8Array): Promise<string> {
    const coordinator = { group: groupId }
    const body = {
      groupId,
      sessionTimeoutMs: 30_000,
      rebalanceTimeoutMs: 30_000,
      memberId: '',
      groupInstanceId: `${groupId}-instance`,
      protocolType,
      protocols: [{ name: 'some-protocol', metadata: Buffer.from('000000000000ffffffff', 'hex') }],
    }
    const { memberId, generationId, errorCode } = await this.admin.raw('JoinGroup', 9, body, { coordinator })
    if (errorCode !== 0) throw new Error(`did not join: error ${errorCode}`)
    const assignments = [{ memberId, assignment }]
    const synced = await this.admin.raw(
      'SyncGroup',
      5,
      {
        groupId,
        generationId,
        memberId,
        groupInstanceId: `${groupId}-instance`,
        protocolType,
        protocolName: 'some-protocol',
        assignments,
      },
      { coordinator },
    )
    if (synced.errorCode !== 0) throw new Error(`did not sync: error ${synced.errorCode}`)
    return memberId
  }

  /** Begins a transaction and writes a record in it; answers the producer. */
  async begin(transactionalId: string, topic: string): Promise<{ producerId: number; producerEpoch: number }> {
    const coordinator = { transactionalId }
    const start = { transactionalId, transactionTimeoutMs: 60_000, producerId: -1, producerEpoch: -1 }
    const init = await this.admin.raw('InitProducerId', 5, start, { coordinator })
    const producer = { producerId: Number(init.producerId), producerEpoch: init.producerEpoch }
    const topics = [{ name: topic, partitions: [0] }]
    const added = await this.admin.raw(
      'AddPartitionsToTxn',
      3,
      { v3AndBelowTransactionalId: transactionalId, ...asV3(producer), v3AndBelowTopics: topics },
      { coordinator },
    )
    if (added.resultsByTopicV3AndBelow[0]!.resultsByPartition[0]!.partitionErrorCode !== 0) throw new Error('not added')
    const records = buildBatch(
      [{ key: null, value: Buffer.from('in a transaction'), headers: [], timestamp: Date.now() }],
      {
        ...producer,
        baseSequence: 0,
        transactional: true,
      },
    )
    const topicData = [{ name: topic, partitionData: [{ index: 0, records }] }]
    const stored = await this.admin.raw('Produce', 11, { transactionalId, acks: -1, timeoutMs: 5000, topicData })
    if (stored.responses[0]!.partitionResponses[0]!.errorCode !== 0) throw new Error('not stored')
    return producer
  }
}

function asV3({ producerId, producerEpoch }: { producerId: number; producerEpoch: number }) {
  return { v3AndBelowProducerId: producerId, v3AndBelowProducerEpoch: producerEpoch }
}
