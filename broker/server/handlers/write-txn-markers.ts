// WriteTxnMarkers: v1-2. Ends a producer's transaction in partitions that this broker leads: sent by transaction coordinators,
// and by kafka-transactions.sh to abort one that nobody else would end. v2: the transaction version, whose rules for epochs
// the markers are held to. Not done: authorization.

import { writeTxnMarkers } from '../../../protocol/messages/write-txn-markers.ts'
import type { Message } from '../../../protocol/wire/schema.ts'
import { handler, type RequestContext } from '../handler.ts'

type Marker = Message<typeof writeTxnMarkers.request>['markers'][number]

export default handler(
  writeTxnMarkers,
  async (context, { markers }) => ({ markers: await Promise.all(markers.map(marker => written(context, marker))) }),
  {
    failure: ({ markers }, errorCode) => ({
      markers: markers.map(({ producerId, topics }) => ({
        producerId,
        topics: topics.map(({ name, partitionIndexes }) => ({
          name,
          partitions: partitionIndexes.map(partitionIndex => ({ partitionIndex, errorCode })),
        })),
      })),
    }),
  },
)

/** Appended to all partitions at once, then waited for. */
async function written({ services }: RequestContext, { topics, transactionResult, ...producer }: Marker) {
  const end = { ...producer, committed: transactionResult, transactionVersion: producer.transactionVersion ?? 0 }
  const answers = topics.map(async ({ name, partitionIndexes }) => {
    const partitions = partitionIndexes.map(async partitionIndex => {
      const error = await services.markers.write({ topic: name, partition: partitionIndex }, end)
      return { partitionIndex, errorCode: error.code }
    })
    return { name, partitions: await Promise.all(partitions) }
  })
  return { producerId: producer.producerId, topics: await Promise.all(answers) }
}
