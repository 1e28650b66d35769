// What brokers coming and going means for partitions: who leaves the ISR, who leads next.
// Source: ReplicationControlManager.generateLeaderAndIsrUpdates and its callers, Kafka 4.3.0.

import type { Uuid } from '../../../protocol/wire/uuid.ts'
import { topicValue } from '../../config/topic-value.ts'
import type { PartitionImage, TopicImage } from '../metadata-image.ts'
import type { RecordInput } from '../metadata-record.ts'
import { hasOnlineDirectory, isActive } from './brokers.ts'
import { type DecisionContext, hasElr, versionsOf } from './decision.ts'
import { partitionChange } from './partition-change.ts'

export interface BrokerMove {
  /** Leaves: it is in no ISR and leads nothing from now on. */
  readonly leaving?: number
  /** Comes: it may lead although the image still has it fenced. */
  readonly coming?: number
  /** Stopped without notice: it is neither in sync nor eligible any more. */
  readonly unclean?: number
}

/** Changes of all partitions that the move touches: those that a leaver is in, or those without a leader. */
export function moveLeaders(context: DecisionContext, move: BrokerMove): RecordInput[] {
  const { image } = context
  const gone = move.leaving ?? move.unclean
  const records: RecordInput[] = []
  const changeOf = changes(context, move)
  for (const topic of image.topics()) {
    for (const partition of topic.partitions) {
      const isTouched =
        gone === undefined
          ? partition.leader === -1
          : partition.isr.includes(gone) ||
            (move.unclean !== undefined && partition.eligibleLeaderReplicas.includes(gone))
      const record = isTouched ? changeOf(topic, partition) : undefined
      if (record) records.push(record)
    }
  }
  return records
}

export type Changes = (topic: TopicImage, partition: PartitionImage) => RecordInput | undefined

/** An election that somebody asked for: the first replica is to lead again, or anybody alive at all. */
export function electionChanges(context: DecisionContext, election: 'preferred' | 'unclean'): Changes {
  return changes(context, {}, election)
}

/** The broker has its replica in this directory from here on. */
export function assignmentChanges(context: DecisionContext, brokerId: number, directory: Uuid): Changes {
  return changes(context, {}, undefined, ({ replicas, directories }) =>
    directories.map((before, at) => (replicas[at] === brokerId ? directory : before)),
  )
}

type DirectoriesOf = (partition: PartitionImage) => readonly Uuid[]

function changes(
  context: DecisionContext,
  move: BrokerMove,
  election?: 'preferred' | 'unclean',
  directoriesOf: DirectoriesOf = partition => partition.directories,
): Changes {
  const { leaving, coming, unclean } = move
  const { image, config } = context
  const shared = { versions: versionsOf(context), hasElr: hasElr(context), prefersFirst: election === 'preferred' }
  const isAlive = (id: number): boolean => id !== leaving && id !== unclean && (id === coming || isActive(image, id))
  return (topic, partition) => {
    const overrides = image.configOverrides('topic', topic.name)
    const directories = directoriesOf(partition)
    const directoryOf = (id: number): Uuid | undefined => directories[partition.replicas.indexOf(id)]
    const minIsr = topicValue(config, overrides, 'min.insync.replicas') as number
    return partitionChange({
      ...shared,
      topicId: topic.id,
      partition,
      directories,
      targetIsr: partition.isr.filter(id => id !== leaving && id !== unclean),
      uncleanShutdown: unclean === undefined ? [] : [unclean],
      isAcceptableLeader: id => isAlive(id) && hasOnlineDirectory(image, id, directoryOf(id)),
      allowsUnclean: election
        ? election === 'unclean'
        : (topicValue(config, overrides, 'unclean.leader.election.enable') as boolean),
      minIsr: Math.min(minIsr, topic.partitions[0]!.replicas.length),
    })
  }
}
