// A question about many partitions, put to the leader of each: together where the leader is the same, again to whoever leads then
// when the answer was one that passes, until all have answered or the time is over.

import { errors } from '../../protocol/errors.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import { brokerError, ClientError, isRetriable } from '../client-error.ts'
import type { Broker } from '../cluster/broker.ts'
import type { Cluster, WaitOptions } from '../cluster/cluster.ts'
import { type BrokerNode, type ClusterImage, partitionOf } from '../cluster/cluster-image.ts'
import { retrying } from '../resilience/retrying.ts'

/** What a partition's leader is asked, and the leader's epoch, -1 when not known. */
export interface Led<Target> {
  readonly target: Target
  readonly leaderEpoch: number
}

export interface PartitionAnswer<Target, Result> {
  readonly target: Target
  /** An error, or what was found. */
  readonly result: Result | ClientError
}

export interface LeaderQuestion<Target extends TopicPartition, Result> {
  /** One request to one broker. */
  ask(broker: Broker, targets: readonly Led<Target>[], timeoutMs: number): Promise<PartitionAnswer<Target, Result>[]>
  /** Told of each partition as soon as it is known. */
  found(target: Target, result: Result): void
}

/** Rejects, the answers that came having been told, with an answer that does not pass, DEADLINE_EXCEEDED or ABORTED. */
export async function askLeaders<Target extends TopicPartition, Result>(
  cluster: Cluster,
  targets: readonly Target[],
  question: LeaderQuestion<Target, Result>,
  options: WaitOptions,
): Promise<void> {
  const left = new Set(targets)
  const names = [...new Set(targets.map(({ topic }) => topic))]
  for (const name of names) cluster.topics.add(name)
  let isFirst = true
  try {
    await retrying(cluster.retrying, options, async leftMs => {
      if (!isFirst || names.some(name => !cluster.image.topics.has(name))) await cluster.refresh()
      isFirst = false
      await askOnce(cluster, left, question, leftMs)
    })
  } finally {
    for (const name of names) cluster.topics.remove(name)
  }
}

/** Asks for all that are left, at the same time. Throws the worst that came back. */
async function askOnce<Target extends TopicPartition, Result>(
  cluster: Cluster,
  left: Set<Target>,
  question: LeaderQuestion<Target, Result>,
  leftMs: number,
): Promise<void> {
  const { groups, leaderless } = byLeader(cluster.image, left)
  const failures: ClientError[] = leaderless
  const timeoutMs = Math.max(1, Math.min(leftMs, cluster.settings.requestTimeoutMs))
  const asked = [...groups].map(async ([node, targets]) => {
    for (const { target, result } of await question.ask(cluster.broker(node), targets, timeoutMs)) {
      if (result instanceof ClientError) failures.push(result)
      else if (left.delete(target)) question.found(target, result)
    }
  })
  for (const outcome of await Promise.allSettled(asked)) {
    if (outcome.status === 'rejected') failures.push(outcome.reason as ClientError)
  }
  const failure = failures.find(error => !isRetriable(error)) ?? failures[0]
  if (failure !== undefined) throw failure
  if (left.size > 0) throw new ClientError('BROKEN_ANSWER', `the answer leaves out ${left.size} partitions`)
}

function byLeader<Target extends TopicPartition>(image: ClusterImage, targets: Iterable<Target>) {
  const groups = new Map<BrokerNode, Led<Target>[]>()
  const leaderless: ClientError[] = []
  for (const target of targets) {
    const topic = image.topics.get(target.topic)
    const known = topic && partitionOf(topic, target.partition)
    const node = known && image.brokers.get(known.leaderId)
    if (node === undefined) {
      leaderless.push(noLeader(target, topic?.errorCode ?? errors.NONE.code, known !== undefined))
      continue
    }
    const led = { target, leaderEpoch: known!.leaderEpoch }
    const group = groups.get(node)
    if (group === undefined) groups.set(node, [led])
    else group.push(led)
  }
  return { groups, leaderless }
}

function noLeader({ topic, partition }: TopicPartition, errorCode: number, isThere: boolean): ClientError {
  if (errorCode !== errors.NONE.code) return brokerError(errorCode, { topic, partition })
  return brokerError((isThere ? errors.LEADER_NOT_AVAILABLE : errors.UNKNOWN_TOPIC_OR_PARTITION).code, {
    topic,
    partition,
  })
}

/** By topic, as requests want it. */
export function groupByTopic<Target extends TopicPartition>(
  targets: readonly Led<Target>[],
): [string, Led<Target>[]][] {
  const groups = new Map<string, Led<Target>[]>()
  for (const led of targets) {
    const group = groups.get(led.target.topic)
    if (group === undefined) groups.set(led.target.topic, [led])
    else group.push(led)
  }
  return [...groups]
}

/** The targets that the topics of an answer are about, with their part of it. */
export function* answersFor<Target extends TopicPartition, Part>(
  targets: readonly Led<Target>[],
  parts: Iterable<{ readonly topic: string; readonly partition: number; readonly part: Part }>,
): Generator<{ target: Target; part: Part }, void, void> {
  const byKey = new Map(targets.map(({ target }) => [`${target.topic}-${target.partition}`, target]))
  for (const { topic, partition, part } of parts) {
    const target = byKey.get(`${topic}-${partition}`)
    if (target !== undefined) yield { target, part }
  }
}
