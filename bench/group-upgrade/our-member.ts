// Our own client as a member of the group: what Member.java does, with the same arguments and the same lines.
//
// node our-member.js BOOTSTRAP TOPIC GROUP careful [name=value]...      names: protocol, assignors, session, instance
// The records are fetched by hand: this is about the membership, and nothing else.

import { Cluster } from '../../client/cluster/cluster.ts'
import { isFenced } from '../../client/group/fenced.ts'
import type {
  GroupMembership,
  GroupMembershipOptions,
  OwnedPartition,
  RevocationTerm,
} from '../../client/group/group-membership.ts'
import { openMembership } from '../../client/group/open-membership.ts'
import { clientWorld } from '../../client/real-client-world.ts'
import { wait } from '../../client/resilience/wait.ts'
import { errors } from '../../protocol/errors.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { batches } from '../../protocol/records/batches.ts'
import { records } from '../../protocol/records/records.ts'

interface Worked {
  readonly owned: OwnedPartition
  /** Undefined until it is known where to begin. */
  position: number | undefined
  committed: number | undefined
  isRevoked: boolean
}

const idleMs = 50
const [bootstrap, topic, groupId, , ...rest] = process.argv.slice(2) as [string, string, string, string, ...string[]]
const settings = new Map(rest.map(setting => setting.split('=', 2) as [string, string]))

const tell = (line: string) => process.stdout.write(`${line}\n`)
const tellOf = (event: string, partitions: readonly OwnedPartition[]) => {
  for (const { partition } of partitions) tell(`${event} ${partition} ${process.hrtime.bigint()}`)
}

class OurMember {
  readonly #cluster: Cluster
  readonly #membership: GroupMembership
  readonly #worked = new Map<number, Worked>()
  #round: Promise<void> = Promise.resolve()
  #isEnding = false

  constructor() {
    this.#cluster = new Cluster({ bootstrap, clientId: 'our-member' }, clientWorld())
    const assignors = settings.get('assignors')?.split(',')
    const groupInstanceId = settings.get('instance')
    const options: GroupMembershipOptions = {
      groupId,
      protocol: (settings.get('protocol') ?? 'auto') as 'auto' | 'classic' | 'consumer',
      sessionTimeoutMs: Number(settings.get('session') ?? 40_000),
      heartbeatIntervalMs: 300,
      ...(assignors && { assignors }),
      ...(groupInstanceId !== undefined && { groupInstanceId }),
    }
    this.#membership = openMembership(this.#cluster, options, {
      assigned: partitions => this.#assigned(partitions),
      revoked: (partitions, term) => this.#revoked(partitions, term),
      lost: partitions => {
        for (const { partition } of partitions) this.#worked.delete(partition)
        tellOf('lost', partitions)
      },
      failed: error => tell(`failed ${error.message}`),
    })
  }

  async run(): Promise<void> {
    process.once('SIGTERM', () => {
      this.#isEnding = true
    })
    tell('started')
    this.#membership.start({ topics: [topic] })
    while (!this.#isEnding) {
      this.#round = this.#work().catch(error => {
        tell(`failed ${error.stack}`)
      })
      await this.#round
    }
    await this.#membership.leave()
    this.#cluster.close()
    tell('left')
  }

  #assigned(partitions: readonly OwnedPartition[]): void {
    tellOf('assigned', partitions)
    for (const owned of partitions) {
      this.#worked.set(owned.partition, { owned, position: undefined, committed: undefined, isRevoked: false })
    }
    if (partitions.length > 0) this.#findPositions(partitions)
  }

  async #findPositions(partitions: readonly OwnedPartition[]): Promise<void> {
    try {
      const committed = await this.#membership.fetchCommitted(partitions)
      for (const { partition, ownership } of partitions) {
        const worked = this.#worked.get(partition)
        if (worked?.owned.ownership !== ownership) continue
        worked.position = Number(committed.find(each => each.partition === partition)?.offset ?? 0)
      }
    } catch (error) {
      if (!isFenced(error)) tell(`failed ${(error as Error).message}`)
      else await this.#findPositions(partitions.filter(({ partition }) => this.#worked.has(partition)))
    }
  }

  async #revoked(partitions: readonly OwnedPartition[], { signal }: RevocationTerm): Promise<void> {
    for (const { partition } of partitions) {
      const worked = this.#worked.get(partition)
      if (worked) worked.isRevoked = true
    }
    await this.#round
    await this.#commit(signal)
    for (const { partition } of partitions) this.#worked.delete(partition)
    tellOf('revoked', partitions)
  }

  async #work(): Promise<void> {
    const ready = [...this.#worked.values()].filter(({ position, isRevoked }) => position !== undefined && !isRevoked)
    if (ready.length === 0) {
      await wait(this.#cluster.world.clock, idleMs)
      return
    }
    const partitions = ready.map(({ owned: { partition }, position }) => {
      return { partition, fetchOffset: position!, partitionMaxBytes: 1 << 20 }
    })
    const body = { maxWaitMs: 100, minBytes: 1, topics: [{ topic, partitions }], forgottenTopicsData: [] }
    const answer = await this.#cluster.askAny(fetch, body, { versions: [4, 12] })
    for (const { partitionIndex, errorCode, records: bytes } of answer.responses[0]?.partitions ?? []) {
      if (errorCode !== errors.NONE.code) tell(`failed to fetch: ${errorCode}`)
      const worked = ready.find(({ owned }) => owned.partition === partitionIndex)!
      if (bytes) this.#process(worked, bytes as Buffer)
    }
    await this.#commit()
  }

  #process(worked: Worked, bytes: Buffer): void {
    for (const batch of batches(bytes)) {
      for (const { offset, value } of records(batch)) {
        // It may have been taken away while the fetch was under way.
        if (this.#worked.get(worked.owned.partition) !== worked || worked.isRevoked) return
        if (Number(offset) < worked.position!) continue
        tell(`record ${worked.owned.partition} ${process.hrtime.bigint()} ${offset} ${value}`)
        worked.position = Number(offset) + 1
      }
    }
  }

  async #commit(signal?: AbortSignal): Promise<void> {
    const due = [...this.#worked.values()].filter(
      ({ position, committed }) => position !== undefined && position !== committed,
    )
    if (due.length === 0) return
    const offsets = due.map(({ owned, position }) => ({ topic, partition: owned.partition, offset: position!, ownership: owned.ownership })) // biome-ignore format: one thought
    try {
      await this.#membership.commit(offsets, { signal })
      for (const [index, worked] of due.entries()) worked.committed = offsets[index]!.offset
    } catch (error) {
      tell(`failed to commit: ${(error as Error).message}`)
    }
  }
}

await new OurMember().run()
