// Consume, transform, produce: what a group has not read yet of a partition is read, a record is written for each, and the offset
// behind them is committed, all in one transaction. Whoever does it begins where the group is, so that each is copied once.

import { errorName, errors } from '../../protocol/errors.ts'
import { offsetFetch } from '../../protocol/messages/offset-fetch.ts'
import { fetchCommitted } from './committed-fetch.ts'
import type { SimContext } from './context.ts'
import { CoordinatorClient, type Membership, OffsetCounter, passingGroupErrors } from './coordinator-client.ts'
import type { Produced } from './idempotent-producer.ts'
import { passingReadErrors } from './reader.ts'
import type { SimClient } from './sim-client.ts'
import { offsetPlace, partitionPlace, type TransactionClient, TransactionOver } from './transaction-client.ts'

const recordsMax = 5
/** Of a group that is not the member's any more. */
const memberErrors: readonly number[] = [
  errors.UNKNOWN_MEMBER_ID.code,
  errors.STALE_MEMBER_EPOCH.code,
  errors.ILLEGAL_GENERATION.code,
]

export interface CopyingOptions {
  readonly groupId: string
  /** What is read. */
  readonly input: Produced
  /** Where copies go: one is chosen for each record. */
  readonly outputs: readonly Produced[]
}

export interface CopyStep {
  /** Undefined: the group has no members, the transactional id alone keeps others out. */
  readonly member?: Membership
  /** Waits a while in the middle. */
  readonly pause: () => Promise<void>
}

export class Copying {
  readonly #context: SimContext
  readonly groupId: string
  readonly input: Produced
  readonly #outputs: readonly Produced[]

  constructor(context: SimContext, { groupId, input, outputs }: CopyingOptions) {
    this.#context = context
    this.groupId = groupId
    this.input = input
    this.#outputs = outputs
  }

  /** Makes sure that the group has a coordinator. */
  find(client: SimClient): Promise<void> {
    return new CoordinatorClient(this.#context, client, this.groupId, new OffsetCounter()).find()
  }

  /** One transaction, if there is anything to copy. Rejects with TransactionOver, or when the connection is lost. */
  async copy(client: SimClient, transactions: TransactionClient, { member, pause }: CopyStep): Promise<void> {
    const position = await this.position(client, member)
    if (position === undefined) return
    const connection = await client.connect()
    const { input } = this
    const read = await fetchCommitted(this.#context, client, connection, { target: input, fetchOffset: position })
    if (read.errorCode !== errors.NONE.code && !passingReadErrors.includes(read.errorCode)) {
      this.#unexpected(client, 'Fetch', read.errorCode)
    }
    const taken = read.records.slice(0, 1 + client.random.int(recordsMax))
    if (taken.length === 0) return
    transactions.begin()
    const from = partitionPlace(input)
    const copies = taken.map(({ offset }) => ({
      target: client.random.pick(this.#outputs),
      record: transactions.record(null, 'copy', `${this.groupId} ${from}@${offset}`),
    }))
    const targets = [...new Set(copies.map(({ target }) => target))]
    const parts = targets.map(target => {
      return { target, records: copies.filter(copy => copy.target === target).map(({ record }) => record) }
    })
    const offset = taken.at(-1)!.offset + 1
    const commit = { groupId: this.groupId, target: input, offset, ...(member && { member }) }
    const offsetsFirst = client.random.chance(0.3)
    if (offsetsFirst) await transactions.commitOffset(commit)
    await transactions.produce(parts)
    await pause()
    if (!offsetsFirst) await transactions.commitOffset(commit)
    const commits = client.random.chance(0.85)
    await transactions.end(commits)
    if (commits) this.#context.witness.commits(this.groupId, input.topic.name, input.index).acknowledge(offset)
  }

  /** Where the group is; undefined while that is not to be known. Rejects when the connection is lost. */
  async position(client: SimClient, member?: Membership): Promise<number | undefined> {
    const { witness } = this.#context
    const { topic, index } = this.input
    const { groupId } = this
    const connection = await client.connect()
    const version = client.versionOf(offsetFetch, member ? 9 : 7)
    const named = [{ name: topic.name, topicId: topic.id, partitionIndexes: [index] }]
    const whose = member && { memberId: member.memberId, memberEpoch: member.generationId }
    const groups = [{ groupId, ...whose, topics: named }]
    const body = version < 8 ? { groupId, topics: named } : { groups }
    const commits = witness.commits(groupId, topic.name, index)
    const { lowest } = commits
    const answer = await client.request(connection, offsetFetch, version, { ...body, requireStable: true })
    const group = version < 8 ? answer : answer.groups[0]!
    const partition = group.topics[0]?.partitions[0]
    const errorCode = group.errorCode || (partition?.errorCode ?? 0)
    if (memberErrors.includes(errorCode)) throw new TransactionOver(`the group has gone on: ${errorName(errorCode)}`)
    if (errorCode !== errors.NONE.code || !partition) {
      const isPassing = errorCode === errors.UNSTABLE_OFFSET_COMMIT.code || passingGroupErrors.includes(errorCode)
      if (!isPassing) this.#unexpected(client, 'OffsetFetch', errorCode)
      await client.sleep(20)
      return undefined
    }
    const offset = Number(partition.committedOffset)
    witness.report(commits.see(offset, lowest))
    if (offset === -1) return 0
    witness.report(witness.outcomes.see(offsetPlace(groupId, this.input), partition.metadata ?? ''))
    return offset
  }

  #unexpected(client: SimClient, what: string, errorCode: number): void {
    const text = `${client.name}, ${what} for ${this.groupId}: ${errorName(errorCode) ?? errorCode}`
    this.#context.witness.report([{ name: 'unexpectedAnswer', what: text }])
  }
}
