// What changes about one partition when brokers come and go: its ISR, who may lead it, who leads it, and how the record says so.
//
// Left out, because there is no second broker to move replicas to: reassignment of replicas.
// Source: org.apache.kafka.controller.PartitionChangeBuilder, Kafka 4.3.0; KIP-966.

import type { Uuid } from '../../../protocol/wire/uuid.ts'
import type { PartitionImage } from '../metadata-image.ts'
import { type RecordInput, recordInput } from '../metadata-record.ts'
import type { RecordVersions } from '../record-versions.ts'

const noLeader = -1
const recovering = 1

export interface PartitionChangeOptions {
  readonly topicId: Uuid
  readonly partition: PartitionImage
  /** Where the replicas lie from here on, in the order of the replicas. */
  readonly directories: readonly Uuid[]
  readonly targetIsr: readonly number[]
  /** Brokers that stopped without notice: what they had last may be lost. */
  readonly uncleanShutdown: readonly number[]
  readonly isAcceptableLeader: (brokerId: number) => boolean
  /** Whether a leader from outside the ISR is better than none. */
  readonly allowsUnclean: boolean
  /** Whether the first replica takes over from a leader that may stay; nobody from outside the ISR comes then. */
  readonly prefersFirst?: boolean
  /** Of the topic, and no more than its replicas. */
  readonly minIsr: number
  readonly hasElr: boolean
  readonly versions: RecordVersions
}

interface Target {
  readonly isr: readonly number[]
  readonly elr: readonly number[]
}

interface Election {
  readonly leader: number
  readonly isUnclean: boolean
}

/** The record of the change; undefined when nothing changes. */
export function partitionChange(options: PartitionChangeOptions): RecordInput | undefined {
  const { partition, hasElr, topicId, versions } = options
  const before = targetBefore(options)
  const election = elect(options, before)
  const leaderChanges = election.leader !== partition.leader
  const target = after(before, election, leaderChanges)
  const isr = isrChange(options, target, election, leaderChanges)
  const elr = hasElr && !(leaderChanges && election.isUnclean) ? target.elr : []
  const bumpsEpoch =
    !leaderChanges && versions.bumpsEpochOnIsrShrink && isr !== undefined && !contains(isr, partition.isr)
  const change = {
    ...(isr ? { isr } : {}),
    ...(leaderChanges ? { leader: election.leader } : bumpsEpoch ? { leader: partition.leader } : {}),
    ...(leaderChanges && election.isUnclean && partition.leaderRecoveryState !== recovering
      ? { leaderRecoveryState: recovering }
      : {}),
    ...(sameOrder(elr, partition.eligibleLeaderReplicas) ? {} : { eligibleLeaderReplicas: elr }),
    ...(sameOrder(options.directories, partition.directories) ? {} : { directories: options.directories }),
    ...lastKnownLeader(options, leaderChanges ? election.leader : undefined),
  }
  if (Object.keys(change).length === 0) return undefined
  return recordInput('partitionChange', versions.partitionChange, { partitionId: partition.index, topicId, ...change })
}

/** ISR and eligible leaders if the leader stays: who drops out of an ISR that falls below the minimum may still lead. */
function targetBefore({ partition, targetIsr, uncleanShutdown, minIsr, hasElr }: PartitionChangeOptions): Target {
  if (!hasElr) return { isr: targetIsr, elr: partition.eligibleLeaderReplicas }
  if (targetIsr.length >= minIsr) return { isr: targetIsr, elr: [] }
  const candidates = new Set([...partition.eligibleLeaderReplicas, ...partition.isr])
  return {
    isr: targetIsr,
    elr: [...candidates].filter(id => !targetIsr.includes(id) && !uncleanShutdown.includes(id)),
  }
}

/** The leader stays if it may; otherwise the first replica that may; a dirty one only if that is allowed or it led last. */
function elect(options: PartitionChangeOptions, target: Target): Election {
  const { partition, isAcceptableLeader, allowsUnclean, prefersFirst = false } = options
  const mayLead = (id: number): boolean =>
    (target.isr.includes(id) || (target.isr.length === 0 && target.elr.includes(id))) && isAcceptableLeader(id)
  const first = partition.replicas[0]!
  if (prefersFirst && mayLead(first)) return { leader: first, isUnclean: false }
  if (mayLead(partition.leader)) return { leader: partition.leader, isUnclean: false }
  const clean = partition.replicas.find(mayLead)
  if (clean !== undefined) return { leader: clean, isUnclean: false }
  if (prefersFirst) return { leader: noLeader, isUnclean: false }
  if (lastLeaderMayReturn(options, target)) return { leader: partition.lastKnownElr[0]!, isUnclean: true }
  const unclean = allowsUnclean ? partition.replicas.find(id => isAcceptableLeader(id)) : undefined
  return unclean === undefined ? { leader: noLeader, isUnclean: false } : { leader: unclean, isUnclean: true }
}

/** With nobody in the ISR and nobody eligible, the broker that led last has at least what it acknowledged. */
function lastLeaderMayReturn(
  { partition, hasElr, isAcceptableLeader }: PartitionChangeOptions,
  target: Target,
): boolean {
  if (!hasElr || target.isr.length > 0 || target.elr.length > 0) return false
  return partition.lastKnownElr.length === 1 && isAcceptableLeader(partition.lastKnownElr[0]!)
}

/** A leader taken from the eligible replicas is the ISR from now on. */
function after(target: Target, { leader }: Election, leaderChanges: boolean): Target {
  if (!leaderChanges || !target.elr.includes(leader)) return target
  return { isr: [leader], elr: target.elr.filter(id => id !== leader) }
}

function isrChange(
  { partition, hasElr }: PartitionChangeOptions,
  target: Target,
  election: Election,
  leaderChanges: boolean,
): readonly number[] | undefined {
  // After an unclean election only the new leader is known to be in sync with itself.
  if (leaderChanges && election.isUnclean) return [election.leader]
  if (target.isr.length === 0 && !hasElr) return undefined
  return sameOrder(target.isr, partition.isr) ? undefined : target.isr
}

/** Who led last is remembered from when a partition loses its leader until it has one again. */
function lastKnownLeader({ partition, hasElr }: PartitionChangeOptions, newLeader: number | undefined) {
  if (!hasElr || newLeader === undefined) return {}
  if (newLeader === noLeader) return partition.lastKnownElr.length === 0 ? { lastKnownElr: [partition.leader] } : {}
  return partition.lastKnownElr.length > 0 ? { lastKnownElr: [] } : {}
}

const contains = (all: readonly number[], some: readonly number[]): boolean => some.every(id => all.includes(id))
const sameOrder = <Item>(a: readonly Item[], b: readonly Item[]): boolean =>
  a.length === b.length && a.every((id, at) => id === b[at])
