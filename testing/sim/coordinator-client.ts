// What users of a group have in common: finding the coordinator, committing offsets that only go forward, asking for them.

import type { CommittedOffsetsStay } from '../../broker/sim/committed-offsets-stay.ts'
import type { BrokerConnection } from '../../client/connection.ts'
import { errorName, errors } from '../../protocol/errors.ts'
import { findCoordinator } from '../../protocol/messages/find-coordinator.ts'
import { offsetCommit } from '../../protocol/messages/offset-commit.ts'
import { offsetFetch } from '../../protocol/messages/offset-fetch.ts'
import type { SimContext } from './context.ts'
import type { Produced } from './idempotent-producer.ts'
import { isLost, type SimClient } from './sim-client.ts'

/** The coordinator is elsewhere, not there yet, or cannot write: the same is asked again later. */
export const passingGroupErrors: readonly number[] = [
  errors.COORDINATOR_LOAD_IN_PROGRESS.code,
  errors.COORDINATOR_NOT_AVAILABLE.code,
  errors.NOT_COORDINATOR.code,
  errors.REQUEST_TIMED_OUT.code,
  errors.KAFKA_STORAGE_ERROR.code,
  errors.UNKNOWN_TOPIC_OR_PARTITION.code,
]

export interface Membership {
  readonly memberId: string
  readonly generationId: number
}

const nobody: Membership = { memberId: '', generationId: -1 }

/** Offsets that were committed for a group by anybody, as a counter: each commit is higher than all before. */
export class OffsetCounter {
  #next = 1

  next(): number {
    return this.#next++
  }
}

export class CoordinatorClient {
  readonly groupId: string
  readonly #context: SimContext
  readonly #client: SimClient
  readonly #counter: OffsetCounter

  constructor(context: SimContext, client: SimClient, groupId: string, counter: OffsetCounter) {
    this.#context = context
    this.#client = client
    this.groupId = groupId
    this.#counter = counter
  }

  /** Makes sure that there is a coordinator, which creates the offsets topic. */
  async find(): Promise<void> {
    for (;;) {
      const version = this.#client.versionOf(findCoordinator, 1, 6)
      const body = version < 4 ? { key: this.groupId } : { coordinatorKeys: [this.groupId] }
      const answer = await this.#client.ask(findCoordinator, version, { ...body, keyType: 0 })
      const errorCode = version < 4 ? answer.errorCode : answer.coordinators[0]!.errorCode
      if (errorCode === errors.NONE.code) return
      if (!passingGroupErrors.includes(errorCode)) this.unexpected('FindCoordinator', errorCode)
      await this.#client.sleep(30)
    }
  }

  /**
   * Commits an offset above all that were; answers the error code. Rejects when the connection is lost. `versionMin`: of
   * OffsetCommit.
   */
  async commit(
    connection: BrokerConnection,
    { topic, index }: Produced,
    member = nobody,
    versionMin = offsetCommit.versions[0],
  ): Promise<number> {
    const { witness } = this.#context
    const commits = this.#commits({ topic, index })
    const offset = this.#counter.next()
    const moment = witness.moment()
    const partitions = [{ partitionIndex: index, committedOffset: offset, committedMetadata: `${offset}` }]
    const topics = [{ name: topic.name, topicId: topic.id, partitions }]
    const { groupId } = this
    const body = { groupId, generationIdOrMemberEpoch: member.generationId, memberId: member.memberId, topics }
    commits.attempt(offset, moment.life)
    try {
      const version = this.#client.versionOf(offsetCommit, versionMin)
      const answer = await this.#client.request(connection, offsetCommit, version, body)
      const { errorCode } = answer.topics[0]!.partitions[0]!
      if (errorCode === errors.NONE.code) {
        if (witness.isGroupBinding(moment)) commits.acknowledge(offset)
      } else if (this.#mayStillHappen(errorCode)) commits.lose(offset)
      else commits.refuse(offset)
      return errorCode
    } catch (error) {
      commits.lose(offset)
      throw error
    }
  }

  // A commit that was written too slowly, or whose disk failed under it, may be in the log all the same.
  #mayStillHappen(errorCode: number): boolean {
    return passingGroupErrors.includes(errorCode)
  }

  /** Asks for the committed offset and holds it against what was acknowledged; undefined while there is no answer. */
  async check(connection: BrokerConnection, { topic, index }: Produced): Promise<number | undefined> {
    const { witness } = this.#context
    const commits = this.#commits({ topic, index })
    const version = this.#client.versionOf(offsetFetch)
    const [moment, lowest] = [witness.moment(), commits.lowest]
    const { groupId } = this
    const named = [{ name: topic.name, topicId: topic.id, partitionIndexes: [index] }]
    const body = version < 8 ? { groupId, topics: named } : { groups: [{ groupId, topics: named }] }
    const answer = await this.#client.request(connection, offsetFetch, version, { ...body, requireStable: false })
    const group = version < 8 ? answer : answer.groups[0]!
    const partition = group.topics[0]?.partitions[0]
    const errorCode = group.errorCode || (partition?.errorCode ?? 0)
    if (errorCode !== errors.NONE.code || !partition) {
      if (!passingGroupErrors.includes(errorCode)) this.unexpected('OffsetFetch', errorCode)
      return undefined
    }
    const offset = Number(partition.committedOffset)
    if (witness.isGroupBinding(moment)) witness.report(commits.see(offset, lowest))
    if (offset !== -1 && partition.metadata !== `${offset}`) {
      this.#report('commitMetadataChanged', `${this.groupId}: ${offset} has the metadata ${partition.metadata}`)
    }
    return offset
  }

  /** Asks until there is an answer. */
  async checkAtLast(target: Produced): Promise<void> {
    for (;;) {
      try {
        if ((await this.check(await this.#client.connect(), target)) !== undefined) return
      } catch (error) {
        if (!isLost(error)) throw error
      }
      await this.#client.sleep(30)
    }
  }

  unexpected(what: string, errorCode: number): void {
    this.#report('unexpectedAnswer', `${what} of ${this.groupId}: ${errorName(errorCode) ?? errorCode}`)
  }

  #commits({ topic, index }: Produced): CommittedOffsetsStay {
    return this.#context.witness.commits(this.groupId, topic.name, index)
  }

  #report(name: string, what: string): void {
    this.#context.witness.report([{ name, what: `${this.#client.name}: ${what}` }])
  }
}
