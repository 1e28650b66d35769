// What a produce answer may say at each version.

import { expect, test } from 'vitest'
import { errors } from '../../../protocol/errors.ts'
import { produce } from '../../../protocol/messages/produce.ts'
import { buildBatch } from '../../../protocol/records/batch-builder.ts'
import { decode, encode } from '../../../protocol/wire/schema.ts'
import type { RequestContext } from '../handler.ts'
import produceHandler from './produce.ts'

/** A broker that does not lead the partition; node 7 does. */
function contextOf(apiVersion: number): RequestContext {
  const topic = { name: 't', partitions: [{ leader: 7, leaderEpoch: 3 }] }
  const image = { topicByName: () => topic, topicById: () => topic, brokers: new Map() }
  const partitions = { leading: () => ({ error: errors.NOT_LEADER_OR_FOLLOWER }) }
  return {
    apiVersion,
    listenerName: 'PLAINTEXT',
    services: { metadata: { image }, partitions },
    requestIsDone() {},
  } as unknown as RequestContext
}

test.each([3, 8, 9, 10, 12, 13])(
  'v%i can say that another broker leads, and who where there is a place for it',
  async version => {
    const records = buildBatch([{ value: Buffer.from('v') }])
    const topicData = [{ name: 't', topicId: 'osfdB9rFShmMs2j6BzdIbw', partitionData: [{ index: 0, records }] }]
    const request = { transactionalId: null, acks: -1, timeoutMs: 1000, topicData }
    const answer = await produceHandler.handle(contextOf(version), request)
    const read = decode(produce.response, version, encode(produce.response, version, answer as never))
    const { errorCode, currentLeader } = read.responses[0]!.partitionResponses[0]!
    expect(errorCode).toBe(errors.NOT_LEADER_OR_FOLLOWER.code)
    expect(currentLeader).toEqual(version >= 10 ? { leaderId: 7, leaderEpoch: 3 } : { leaderId: -1, leaderEpoch: -1 })
  },
)
