// Which brokers and directories hold the replicas of new partitions: brokers in turn, leaders spread evenly, unfenced ones first;
// within a broker the directory that holds the fewest replicas.
//
// Left out: racks (they matter from two brokers on). Kafka lets the broker choose among its directories and report back; here
// controller and broker are one process and the choice is part of the decision, with the same outcome.
// Source: org.apache.kafka.metadata.placement.StripedReplicaPlacer, Kafka 4.3.0.

import { errors } from '../../../protocol/errors.ts'
import type { Uuid } from '../../../protocol/wire/uuid.ts'
import type { BrokerImage, MetadataImage, PartitionImage } from '../metadata-image.ts'
import { defaultDirectory, isActive } from './brokers.ts'
import { type Refusal, refuse } from './decision.ts'

/** The replicas of each new partition, or why there can be none. `start` is the index of the first one. */
export function placeReplicas(
  image: MetadataImage,
  request: { start: number; count: number; replicationFactor: number },
): readonly (readonly number[])[] | Refusal {
  const { start, count, replicationFactor } = request
  const usable = [...image.brokers.values()].filter(broker => !broker.inControlledShutdown).sort((a, b) => a.id - b.id)
  const ids = [...usable.filter(isUnfenced), ...usable.filter(broker => broker.fenced)].map(broker => broker.id)
  const unfencedCount = usable.filter(isUnfenced).length
  if (unfencedCount === 0) return unreachable(replicationFactor, 'no broker is serving at present')
  if (replicationFactor > ids.length) {
    return unreachable(replicationFactor, `there ${ids.length === 1 ? 'is 1 broker' : `are ${ids.length} brokers`}`)
  }
  return Array.from({ length: count }, (_, at) => {
    const first = (start + at) % unfencedCount
    const turned = [...ids.slice(first, unfencedCount), ...ids.slice(0, first), ...ids.slice(unfencedCount)]
    return turned.slice(0, replicationFactor)
  })
}

const isUnfenced = (broker: BrokerImage): boolean => !broker.fenced

function unreachable(replicationFactor: number, why: string): Refusal {
  return refuse(
    errors.INVALID_REPLICATION_FACTOR,
    `a replication factor of ${replicationFactor} cannot be reached: ${why}`,
  )
}

/** Chooses a directory per replica; what it has chosen counts for the next choice. */
export class DirectoryChooser {
  readonly #image: MetadataImage
  #counts: Map<Uuid, number> | undefined

  constructor(image: MetadataImage) {
    this.#image = image
  }

  choose(brokerId: number): Uuid {
    const directories = this.#image.brokers.get(brokerId)?.directories ?? []
    if (directories.length < 2) return defaultDirectory(this.#image, brokerId)
    const counts = (this.#counts ??= countReplicas(this.#image))
    const cordoned = this.#image.brokers.get(brokerId)?.cordonedDirectories ?? []
    const open = directories.filter(directory => !cordoned.includes(directory))
    const best = (open.length > 0 ? open : directories).reduce((a, b) =>
      (counts.get(b) ?? 0) < (counts.get(a) ?? 0) ? b : a,
    )
    counts.set(best, (counts.get(best) ?? 0) + 1)
    return best
  }
}

function countReplicas(image: MetadataImage): Map<Uuid, number> {
  const counts = new Map<Uuid, number>()
  for (const topic of image.topics()) {
    for (const { directories } of topic.partitions) {
      for (const directory of directories) counts.set(directory, (counts.get(directory) ?? 0) + 1)
    }
  }
  return counts
}

/** A partition as it begins: all active replicas in sync, the first of them leads. Undefined when none is active. */
export function newPartition(
  image: MetadataImage,
  chooser: DirectoryChooser,
  index: number,
  replicas: readonly number[],
): PartitionImage | undefined {
  const isr = replicas.filter(id => isActive(image, id))
  if (isr.length === 0) return undefined
  return {
    index,
    replicas,
    directories: replicas.map(id => chooser.choose(id)),
    isr,
    removingReplicas: [],
    addingReplicas: [],
    eligibleLeaderReplicas: [],
    lastKnownElr: [],
    leader: isr[0]!,
    leaderRecoveryState: 0,
    leaderEpoch: 0,
    partitionEpoch: 0,
  }
}

/** Whether a list of brokers may hold the replicas of one partition; undefined: yes. */
export function checkAssignment(
  image: MetadataImage,
  replicas: readonly number[],
  replicationFactor: number | undefined,
): Refusal | undefined {
  const wrong = (message: string): Refusal => refuse(errors.INVALID_REPLICA_ASSIGNMENT, message)
  if (replicas.length === 0) return wrong('the assignment names no broker for a partition')
  const unknown = replicas.find(id => !image.brokers.has(id))
  if (unknown !== undefined) return wrong(`the assignment names broker ${unknown}, which is not registered`)
  const twice = replicas.find((id, at) => replicas.indexOf(id) !== at)
  if (twice !== undefined) return wrong(`the assignment names broker ${twice} more than once for a partition`)
  if (replicationFactor !== undefined && replicas.length !== replicationFactor) {
    return wrong(
      `the assignment gives a partition ${replicas.length} replicas where the others have ${replicationFactor}`,
    )
  }
  return undefined
}
