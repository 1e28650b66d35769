// A producer that never gives up: up to five batches in flight on one connection, and after a lost connection everything
// that was not answered is sent again, in order. With a producer id the broker must sort out what it has already; without
// one, an unanswered batch is not sent again, because nobody could tell whether it is there.

import { BrokerConnection } from '../../client/connection.ts'
import { realNet } from '../../io/real-net.ts'
import { errorName, errors } from '../../protocol/errors.ts'
import { initProducerId } from '../../protocol/messages/init-producer-id.ts'
import { produce } from '../../protocol/messages/produce.ts'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import type { CompressionType } from '../../protocol/records/compression-type.ts'
import type { History, Violation } from './history.ts'

const inFlightMaxDefault = 5
const batchRecordsMax = 20

export interface ProducerLoadOptions {
  readonly name: string
  readonly topic: string
  readonly partition: number
  readonly idempotent: boolean
  readonly compression: CompressionType
  /** Batches that wait for an answer at a time; 5 when left out, which is how many a broker has to remember. */
  readonly inFlightMax?: number
  readonly history: History
  readonly report: (violations: readonly Violation[]) => void
  /** A whole number below the bound. */
  readonly chance: (below: number) => number
}

interface PendingBatch {
  readonly firstSequence: number
  readonly values: readonly string[]
}

export class ProducerLoad {
  readonly #options: ProducerLoadOptions
  readonly #pending: PendingBatch[] = []
  #producer = { producerId: -1 as number | bigint, producerEpoch: -1 }
  #nextSequence = 0

  constructor(options: ProducerLoadOptions) {
    this.#options = options
    options.history.addProducer(options.name, options)
  }

  /** Produces until the connection ends or `stopped` answers true, and then until all is answered. */
  async run(port: number, stopped: () => boolean): Promise<void> {
    const connection = await BrokerConnection.open(realNet(), { host: '127.0.0.1', port, clientId: this.#options.name })
    try {
      if (this.#options.idempotent && this.#producer.producerId === -1) await this.#initialise(connection)
      if (!this.#options.idempotent) this.#pending.length = 0
      await Promise.all(this.#pending.map(batch => this.#send(connection, batch)))
      while (!stopped() && connection.isOpen) await this.#sendBurst(connection)
    } catch (error) {
      if (connection.isOpen) throw error
    } finally {
      connection.close()
    }
  }

  async #initialise(connection: BrokerConnection): Promise<void> {
    const answer = await connection.request(initProducerId, 4, { transactionalId: null, transactionTimeoutMs: 60_000 })
    if (answer.errorCode !== errors.NONE.code) throw new Error(`InitProducerId: ${errorName(answer.errorCode)}`)
    this.#producer = answer
  }

  async #sendBurst(connection: BrokerConnection): Promise<void> {
    const { chance, inFlightMax = inFlightMaxDefault } = this.#options
    const burst = Array.from({ length: 1 + chance(inFlightMax) }, () => this.#newBatch())
    this.#pending.push(...burst)
    await Promise.all(burst.map(batch => this.#send(connection, batch)))
  }

  #newBatch(): PendingBatch {
    const firstSequence = this.#nextSequence
    const count = 1 + this.#options.chance(batchRecordsMax)
    this.#nextSequence += count
    return {
      firstSequence,
      values: Array.from({ length: count }, (_, i) => `${this.#options.name}/${firstSequence + i}`),
    }
  }

  async #send(connection: BrokerConnection, batch: PendingBatch): Promise<void> {
    const { topic, partition, history, report, compression, idempotent, name } = this.#options
    history.send(partition, batch.values)
    const sequence = idempotent ? { ...this.#producer, baseSequence: batch.firstSequence } : {}
    const timestamp = Date.now()
    const records = buildBatch(
      batch.values.map(value => ({ key: Buffer.from(name), value: Buffer.from(value), timestamp })),
      { compression, ...sequence },
    )
    const answer = await connection.request(produce, 9, {
      acks: -1,
      timeoutMs: 30_000,
      topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
    })
    const { errorCode, baseOffset } = answer.responses[0]!.partitionResponses[0]!
    if (errorCode !== errors.NONE.code) throw new ProduceRefused(`${name}: ${errorName(errorCode)}`)
    this.#pending.splice(this.#pending.indexOf(batch), 1)
    report(history.acknowledge(partition, Number(baseOffset), batch.values))
  }
}

/** The broker answered a batch with an error that no crash explains. */
export class ProduceRefused extends Error {}
