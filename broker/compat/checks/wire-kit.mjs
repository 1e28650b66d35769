// What the checks on the wire share: topics of their own, producing and fetching one partition, comparing error codes by name.
import assert from 'node:assert/strict'
import { pause } from '../ready.mjs'
import { api, batches, buildBatch, errorName, records, Wire } from '../wire.mjs'

/** The time of the records: recent, or retention would remove them under a check's eyes. */
export const baseTime = Date.now() - 3_600_000

export class WireKit {
  #names = 0

  constructor(broker, prefix) {
    this.broker = broker
    this.prefix = `${prefix}-wire`
  }

  name(what) {
    return `${this.prefix}-${what}-${++this.#names}`
  }

  /** Runs a body with a connection of its own, closed behind it. */
  async connected(body) {
    const wire = await Wire.open(this.broker)
    try {
      return await body(wire)
    } finally {
      wire.close()
    }
  }

  /** Creates a topic and resolves with `{ name, id }` when the broker leads all its partitions. */
  async topic(wire, partitions = 1, configs = {}) {
    const name = this.name('t')
    const wanted = { name, numPartitions: partitions, replicationFactor: 1 }
    const entries = Object.entries(configs).map(([key, value]) => ({ name: key, value: String(value) }))
    const created = await wire.send(api.createTopics, 7, { topics: [{ ...wanted, configs: entries }] })
    isError(created.topics[0].errorCode, 'NONE')
    for (let tries = 0; tries < 200; tries++) {
      const { topics } = await wire.send(api.metadata, 12, { topics: [{ name }], allowAutoTopicCreation: false })
      const leading = topics[0].partitions.filter(partition => partition.errorCode === 0 && partition.leaderId >= 0)
      const led = topics[0].errorCode === 0 && leading.length === partitions
      if (led && (await this.#answersFor(wire, name, partitions))) return { name, id: topics[0].topicId }
      await pause(20)
    }
    throw new Error(`${name} does not get leaders`)
  }

  /** In Kafka the metadata tell of a leader a moment before it leads. */
  async #answersFor(wire, name, count) {
    const partitions = Array.from({ length: count }, (_, partitionIndex) => ({ partitionIndex, timestamp: -1 }))
    const { topics } = await wire.send(api.listOffsets, 7, { replicaId: -1, topics: [{ name, partitions }] })
    return topics[0].partitions.every(partition => partition.errorCode === 0)
  }

  /** Waits until there is a coordinator for groups; the first to ask for one creates the topic of the offsets. */
  async coordinator(wire, keyType = 0) {
    const ask = async () =>
      (await wire.send(api.findCoordinator, 4, { keyType, coordinatorKeys: ['any'] })).coordinators[0]
    isError((await untilCoordinated(ask)).errorCode, 'NONE')
  }

  /** A producer of a transactional id, in its next epoch; asks again while Kafka says that it is not ready. */
  async initProducer(wire, transactionalId) {
    const request = { transactionalId, transactionTimeoutMs: 60_000 }
    const answer = await untilCoordinated(() => wire.send(api.initProducerId, 5, request))
    isError(answer.errorCode, 'NONE')
    return { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
  }

  /** Produces bytes of batches to one partition and answers the partition's part of the response. */
  async produce(wire, topic, bytes, { partition = 0, acks = -1, version = 12, transactionalId = null } = {}) {
    const partitionData = [{ index: partition, records: bytes }]
    const where = version >= 13 ? { topicId: topic.id } : { name: topic.name }
    const answer = await wire.send(api.produce, version, {
      transactionalId,
      acks,
      timeoutMs: 10_000,
      topicData: [{ ...where, partitionData }],
    })
    return answer.responses[0].partitionResponses[0]
  }

  /** A sessionless fetch of one partition; answers the partition's part of the response. */
  async fetch(wire, topic, fetchOffset, options = {}) {
    const {
      partition = 0,
      partitionMaxBytes = 1_000_000,
      maxBytes = 10_000_000,
      maxWaitMs = 100,
      minBytes = 1,
    } = options
    const partitions = [{ partition, fetchOffset, partitionMaxBytes, currentLeaderEpoch: options.leaderEpoch ?? -1 }]
    const body = { maxWaitMs, minBytes, maxBytes, topics: [{ topic: topic.name, topicId: topic.id, partitions }] }
    const answer = await wire.send(api.fetch, options.version ?? 17, body)
    isError(answer.errorCode, 'NONE')
    return answer.responses[0].partitions[0]
  }

  /** Offset and value of every record in a fetched partition. */
  contents(partition) {
    return [...batches(partition.records)].flatMap(batch =>
      [...records(batch)].map(record => [Number(record.offset), record.value?.toString() ?? null]),
    )
  }

  async endOffset(wire, topic, partition = 0) {
    const partitions = [{ partitionIndex: partition, timestamp: -1 }]
    const answer = await wire.send(api.listOffsets, 7, { replicaId: -1, topics: [{ name: topic.name, partitions }] })
    return Number(answer.topics[0].partitions[0].offset)
  }
}

/** A batch with values "PREFIX0" to "PREFIX(count-1)". */
export function batchOf(count, options = {}, prefix = 'v') {
  const timestamp = baseTime
  const contents = Array.from({ length: count }, (_, i) => ({
    timestamp: timestamp + i,
    value: Buffer.from(prefix + i),
  }))
  return buildBatch(contents, options)
}

export function isError(code, name, message) {
  assert.equal(errorName(code), name, message)
}

const passing = ['COORDINATOR_NOT_AVAILABLE', 'COORDINATOR_LOAD_IN_PROGRESS', 'NOT_COORDINATOR']

/** Asks until the answer's error is another one than those that pass by themselves while a coordinator starts. */
export async function untilCoordinated(ask) {
  for (let tries = 0; ; tries++) {
    const answer = await ask()
    if (tries > 200 || !passing.includes(errorName(answer.errorCode))) return answer
    await pause(50)
  }
}
