// AlterReplicaLogDirs: v1-2. Moves replicas to other log directories of this broker; the answer comes when the moves have begun,
// DescribeLogDirs tells how far they are. v2: flexible encoding.
//
// A second request to another directory gives up the first move, one to the directory that the replica is in does no more than that.
// Refused: a path that is none of log.dirs as the broker resolved them (LOG_DIR_NOT_FOUND), an offline directory or replica
// (KAFKA_STORAGE_ERROR), a name too long for a copy's directory (INVALID_TOPIC_EXCEPTION). A replica that is not here yet
// (REPLICA_NOT_AVAILABLE, or UNKNOWN_TOPIC_OR_PARTITION) is created in that directory when it comes.

import { errors } from '../../../protocol/errors.ts'
import { alterReplicaLogDirs } from '../../../protocol/messages/alter-replica-log-dirs.ts'
import type { Message } from '../../../protocol/wire/schema.ts'
import { handler } from '../handler.ts'
import type { Services } from '../services.ts'

type Request = Message<typeof alterReplicaLogDirs.request>

interface Wanted {
  readonly topic: string
  readonly index: number
  readonly path: string
}

export default handler(
  alterReplicaLogDirs,
  async ({ services }, request) => {
    const answers = wantedOf(request).map(async wanted => ({ ...wanted, errorCode: await alter(services, wanted) }))
    return { results: byTopic(await Promise.all(answers)) }
  },
  {
    failure: (request, errorCode) => ({ results: byTopic(wantedOf(request).map(each => ({ ...each, errorCode }))) }),
  },
)

/** Of a partition that is named more than once, the last directory counts. */
function wantedOf({ dirs }: Request): Wanted[] {
  const all = dirs.flatMap(({ path, topics }) =>
    topics.flatMap(({ name, partitions }) => partitions.map(index => ({ topic: name, index, path }))),
  )
  return [...new Map(all.map(wanted => [`${wanted.topic}-${wanted.index}`, wanted])).values()]
}

async function alter({ logs, partitions }: Services, { topic, index, path }: Wanted): Promise<number> {
  const error = await logs.moves.alter(topic, index, path, () => partitions.hosting(topic, index).error ?? errors.NONE)
  return (error === errors.NOT_LEADER_OR_FOLLOWER ? errors.REPLICA_NOT_AVAILABLE : error).code
}

function byTopic(answers: readonly { topic: string; index: number; errorCode: number }[]) {
  const topics = [...new Set(answers.map(({ topic }) => topic))]
  return topics.map(topicName => ({
    topicName,
    partitions: answers
      .filter(({ topic }) => topic === topicName)
      .map(({ index, errorCode }) => ({ partitionIndex: index, errorCode })),
  }))
}
