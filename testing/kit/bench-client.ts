// For the kit's own tests: requests as they are, on a connection to a broker of the kit.

import { BrokerConnection } from '../../client/connection.ts'
import { realClock } from '../../io/real-clock.ts'
import { realNet } from '../../io/real-net.ts'
import { produce } from '../../protocol/messages/produce.ts'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import type { TestBroker } from './test-broker.ts'

export function connect({ host, port }: TestBroker, clientId = 'bench'): Promise<BrokerConnection> {
  return BrokerConnection.open(realNet(), { host, port, clientId, clock: realClock() })
}

/** One record of this value into each of the partitions of a topic. */
export function produceRequest(topic: string, partitions: readonly number[], value = 'v', acks = -1, timestamp = 1) {
  const records = () => buildBatch([{ timestamp, key: null, value: Buffer.from(value), headers: [] }])
  const topicData = [{ name: topic, partitionData: partitions.map(index => ({ index, records: records() })) }]
  return { acks, timeoutMs: 5000, topicData }
}

/** The error codes by partition. */
export async function send(
  connection: BrokerConnection,
  topic: string,
  partitions: readonly number[],
  value = 'v',
): Promise<number[]> {
  const { responses } = await connection.request(produce, 9, produceRequest(topic, partitions, value))
  const codes = new Map(responses[0]?.partitionResponses.map(({ index, errorCode }) => [index, errorCode]))
  return partitions.map(partition => codes.get(partition) ?? Number.NaN)
}
