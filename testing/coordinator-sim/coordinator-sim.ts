// One run of the coordinators under chance, from one seed: members of both protocols and processes with transactions come, go, die,
// dawdle and come back; requests and answers are lost; processes of the broker die, partitions change their leader, replicas fall
// behind; zombies ask once more. What must hold is checked all the while, and in the end, when everything has been mended:
// broker/sim has the invariants. The real coordinators run on real partition logs (coordinator-machine.ts).

import { SimulatedClassicConsumer } from '../../broker/coordinator/testing/simulated-classic-consumer.ts'
import { SimulatedConsumer } from '../../broker/coordinator/testing/simulated-consumer.ts'
import type { ReaderOptions } from '../../broker/coordinator/testing/simulated-reader.ts'
import { oneOwnerPerPartition, type PartitionClaim } from '../../broker/sim/one-owner-per-partition.ts'
import { replayEqualsLive } from '../../broker/sim/replay-equals-live.ts'
import { InvariantViolated, type Violation } from '../../broker/sim/violation.ts'
import { type SeededRandom, seededRandom } from '../../io/sim/random.ts'
import { Trace } from '../../io/sim/trace.ts'
import { errors } from '../../protocol/errors.ts'
import { checkOutput } from './committed-output.ts'
import { CoordinatorMachine, inputTopics } from './coordinator-machine.ts'
import { comparable, groupsView, replayedGroups, replayedTransactions, transactionsView } from './coordinator-view.ts'
import { Network } from './network.ts'
import { OffsetWitness, offsetsOf } from './offset-witness.ts'
import type { Plant } from './plant.ts'
import { appendTransactional, TransactionalProcess } from './transactional-process.ts'

export interface CoordinatorSimOptions {
  readonly seed: number
  /** A fault planted on purpose. */
  readonly plant?: Plant | undefined
  /** What happened last is kept, for reading. */
  readonly keepsLines?: boolean
}

export interface CoordinatorSimResult {
  readonly seed: number
  /** Of all that happened: equal for equal runs. */
  readonly hash: string
  readonly violation: Violation | undefined
  readonly counts: Readonly<Record<CountName, number>>
  /** What happened last, when they are kept. */
  readonly lines: readonly string[]
}

export const countNames = [
  'events',
  'requests',
  'lost',
  'commits',
  'committed',
  'aborted',
  'unknown',
  'rebalances',
  'protocolChanges',
  'crashes',
  'elections',
  'reloads',
  'replays',
  'zombieRequests',
  'fenced',
] as const
export type CountName = (typeof countNames)[number]

type Protocol = 'classic' | 'consumer' | 'mixed'
type Member = SimulatedConsumer | SimulatedClassicConsumer

interface SimGroup {
  readonly groupId: string
  readonly protocol: Protocol
  readonly isTransactional: boolean
  readonly members: Member[]
  /** As last seen: epoch or generation, and which protocol. */
  seen: { readonly version: string; readonly type: string } | undefined
}

const stepCount = 20
const hauntChance = 0.3
const sliceMsMax = 900
const membersMax = 3
const settleMs = 6000
const emptyMs = 9000

export class CoordinatorSim {
  readonly #seed: number
  readonly #random: SeededRandom
  readonly #trace = new Trace()
  readonly #lines: string[] | undefined
  readonly #machine: CoordinatorMachine
  readonly #network: Network
  readonly #offsets = new OffsetWitness()
  readonly #groups: SimGroup[]
  readonly #processes: TransactionalProcess[] = []
  readonly #transactionVersion: 1 | 2
  readonly #counts: Record<CountName, number>
  #memberCount = 0
  #violations: Violation[] = []

  constructor({ seed, plant, keepsLines = false }: CoordinatorSimOptions) {
    this.#seed = seed
    this.#random = seededRandom(seed)
    this.#lines = keepsLines ? [] : undefined
    this.#counts = Object.fromEntries(countNames.map(name => [name, 0])) as Record<CountName, number>
    const random = this.#random
    this.#transactionVersion = random.chance(0.6) ? 2 : 1
    const transactionVersion = this.#transactionVersion === 2 ? 2 : random.int(2)
    this.#machine = new CoordinatorMachine({
      random: random.fork('machine'),
      trace: this.#trace,
      lines: this.#lines,
      transactionVersion,
      plant,
    })
    this.#network = new Network(this.#machine, random.fork('network'), this.#offsets, plant)
    const isOffsetPlant = plant === 'lostOffset' || plant === 'silentRecord'
    // One group of each kind of committing, of any protocol: every combination comes in some seed.
    this.#groups = [!isOffsetPlant, false].map((isTransactional, index) => {
      const protocol = random.pick(['classic', 'consumer', 'mixed'] as const)
      return { groupId: `g${index}`, protocol, isTransactional, members: [], seen: undefined }
    })
  }

  /** Never rejects: what goes wrong is a violation. */
  async run(): Promise<CoordinatorSimResult> {
    let violation: Violation | undefined
    try {
      await this.#play()
    } catch (error) {
      violation =
        error instanceof InvariantViolated ? error.violation : { name: 'thrown', what: String((error as Error).stack) }
    }
    this.#addCounts()
    const { hash } = this.#trace
    return { seed: this.#seed, hash, violation, counts: this.#counts, lines: this.#lines ?? [] }
  }

  #addCounts(): void {
    const counts = this.#counts
    Object.assign(counts, { ...this.#network.counts, commits: this.#offsets.commits })
    const { crashes, elections, reloads } = this.#machine.counts
    Object.assign(counts, { crashes, elections, reloads })
    for (const { counts: each } of this.#processes) {
      counts.committed += each.committed
      counts.aborted += each.aborted
      counts.unknown += each.unknown
      counts.fenced += each.fenced
    }
  }

  async #play(): Promise<void> {
    void this.#start()
    await this.#pass(500)
    for (const group of this.#groups) for (let count = 0; count < 2; count++) this.#join(group, null)
    for (let step = 0; step < stepCount; step++) {
      this.#step()
      if (this.#random.chance(hauntChance)) void this.#haunt()
      await this.#pass(this.#random.int(sliceMsMax))
      await this.#look()
    }
    await this.#mend()
    await this.#checkEverything()
    // Once more, by a process that knows nothing.
    this.#machine.crash()
    void this.#start()
    await this.#pass(3000)
    await this.#checkEverything()
  }

  #start(): Promise<void> {
    return this.#machine.start().catch((error: Error) => {
      this.#report([{ name: 'brokerDidNotStart', what: String(error.stack) }])
    })
  }

  #report(violations: readonly Violation[]): void {
    this.#violations.push(...violations)
  }

  #raise(): void {
    const [first] = this.#violations
    if (first !== undefined) throw new InvariantViolated(first)
  }

  /** Time passes; what must hold at every moment is looked at after each event. */
  async #pass(ms: number): Promise<void> {
    await this.#machine.clock.run(ms, () => {
      this.#counts.events++
      for (const { partition, stable } of this.#machine.partitions()) {
        // While it is cut, or led elsewhere, nobody is shown anything.
        if (!partition.isLeader) continue
        this.#report(stable.check(partition.lastStableOffset, partition.highWatermark))
      }
      this.#raise()
    })
  }

  #step(): void {
    const random = this.#random
    const group = random.pick(this.#groups)
    const running = group.members.filter(({ isRunning }) => isRunning)
    const someone = running.length > 0 ? random.pick(running) : undefined
    const what = random.int(100)
    if (what < 20) {
      if (running.length < membersMax) this.#join(group, null)
    } else if (what < 26) void someone?.leave(-1)
    else if (what < 34) this.#restart(group, someone)
    else if (what < 40) {
      if (someone) someone.isSlow = !someone.isSlow
    } else if (what < 44) for (const member of running) void member.leave(-1)
    else if (what < 62) this.#disturb(random)
  }

  /** The broker's troubles. */
  #disturb(random: SeededRandom): void {
    const machine = this.#machine
    const index = random.int(4)
    const what = random.int(100)
    if (what < 25) {
      if (!machine.isUp) return
      machine.crash()
      machine.clock.after(random.int(400), () => void this.#start())
    } else if (what < 50) void machine.elect(index, random.chance(0.6), random.int(500))
    else if (what < 60) machine.raiseEpoch(index)
    else if (what < 80) machine.setReplicas(index, random.pick(['behind', 'missing'] as const))
    else machine.mendReplicas()
  }

  #join(group: SimGroup, instance: string | null, transactionalId?: string): void {
    const random = this.#random
    const name = `m${++this.#memberCount}`
    const ownInstance = random.chance(0.3) ? `static-${name}` : null
    const nameOf = (id: string) => inputTopics.find(topic => topic.id === id)?.name
    const idOf = (topic: string) => inputTopics.find(each => each.name === topic)?.id
    const isClassic = group.protocol === 'classic' || (group.protocol === 'mixed' && random.chance(0.5))
    const process = group.isTransactional ? this.#process(name, group, transactionalId) : undefined
    const options: ReaderOptions = {
      name,
      groupId: group.groupId,
      instance: instance ?? ownInstance,
      topics: random.pick([['ta'], ['ta', 'tb']]),
      clock: this.#machine.clock,
      random: random.fork(name),
      groups: () => this.#network,
      nameOf,
      idOf,
      ...(process ? { commitWith: reader => process.commit(reader) } : {}),
    }
    const partitionCount = (topic: string) => inputTopics.find(each => each.name === topic)?.partitionCount ?? 0
    const regex = random.chance(0.1) ? 't.' : null
    const member = isClassic
      ? new SimulatedClassicConsumer({ ...options, partitionCount })
      : new SimulatedConsumer({ ...options, regex })
    group.members.push(member)
  }

  #process(name: string, { groupId }: SimGroup, transactionalId = `app-${name}`): TransactionalProcess {
    const process = new TransactionalProcess({
      name,
      transactionalId,
      groupId,
      // In a cluster of version 2 some clients are old ones.
      version: this.#transactionVersion === 2 && this.#random.chance(0.8) ? 2 : 1,
      random: this.#random.fork(`process ${name}`),
      machine: this.#machine,
      network: this.#network,
      offsets: this.#offsets,
      nameOf: id => inputTopics.find(topic => topic.id === id)?.name,
    })
    this.#processes.push(process)
    return process
  }

  /** The member's process is gone without a word, or does not know that it has been replaced. */
  #restart(group: SimGroup, member: Member | undefined): void {
    if (member === undefined) return
    const process = this.#processes.find(({ name }) => name === member.name)
    if (this.#random.chance(0.6)) member.crash()
    this.#join(group, member.instance, process?.options.transactionalId)
  }

  /** Somebody who has been removed or fenced asks once more. */
  async #haunt(): Promise<void> {
    if (this.#random.chance(0.5)) this.#report(await this.#network.haunt((group, id) => this.#hasMember(group, id)))
    else await this.#hauntTransaction()
  }

  #hasMember(groupId: string, memberId: string): boolean | undefined {
    const members = this.#membersOf(groupId)
    return members === undefined ? undefined : members.ids.has(memberId)
  }

  /** A producer of an old epoch adds a partition to its transaction, or writes to one. */
  async #hauntTransaction(): Promise<void> {
    const fenced = this.#processes.filter(({ past, producer }) => past && producer && isOlder(past, producer))
    if (fenced.length === 0) return
    const { past, options } = this.#random.pick(fenced)
    const { transactionalId } = options
    const partition = this.#random.int(2)
    const partitions = [{ topic: 'out', partition }]
    this.#counts.zombieRequests++
    const zombie = { ...options, ...past! }
    // What it began in this epoch is under way still: the marker will end it together with what comes late.
    if (this.#machine.hasOpenTransaction(partition, past!.producerId)) return
    const error = this.#random.chance(0.5)
      ? await this.#machine.transactions.addPartitions({ transactionalId, ...past!, partitions }, 0)
      : await appendTransactional(this.#machine, zombie, partition, ['zombie'], 0)
    if (error !== errors.NONE) this.#counts.fenced++
    else
      this.#report([
        { name: 'zombieNotFenced', what: `${transactionalId} at ${past!.producerId}/${past!.producerEpoch}` },
      ])
  }

  #membersOf(groupId: string) {
    const context = { apiVersion: 6, clientId: 'admin', clientHost: '/127.0.0.1' }
    const { groups } = this.#machine
    const [modern] = groups.consumerGroupDescribe(context, [groupId])
    const idsOf = (members: readonly { memberId?: string }[] | null | undefined) =>
      new Set((members ?? []).map(({ memberId }) => memberId!))
    if (!modern!.errorCode) return { ids: idsOf(modern!.members), type: 'consumer', version: `${modern!.groupEpoch}` }
    const [classic] = groups.describeGroups(context, [groupId])
    if (classic!.errorCode) return undefined
    const version = `${classic!.groupState} ${[...idsOf(classic!.members)]}`
    return { ids: idsOf(classic!.members), type: 'classic', version }
  }

  /** What is looked at now and then. */
  async #look(): Promise<void> {
    for (const group of this.#groups) {
      const { groupId, members } = group
      const found = this.#membersOf(groupId)
      if (found !== undefined) {
        this.#report(oneOwnerPerPartition(groupId, found.ids, claimsOf(members, found.type === 'classic')))
        if (group.seen && group.seen.type !== found.type) this.#counts.protocolChanges++
        if (group.seen?.version !== found.version) this.#counts.rebalances++
        group.seen = found
      }
      const offsets = await offsetsOf(this.#machine.groups, groupId)
      if (offsets !== undefined) this.#report(this.#offsets.see(groupId, offsets))
    }
    if (this.#random.chance(0.15)) await this.#checkReplay(false)
    this.#raise()
  }

  /** `stable`: everything is quiet, so that also what is pending can be compared. */
  async #checkReplay(stable: boolean): Promise<void> {
    const machine = this.#machine
    if (!machine.isUp) return
    this.#counts.replays++
    const [groupPartition, groupLog] = [
      machine.partition('__consumer_offsets', 0)!,
      machine.committedBytes('__consumer_offsets'),
    ]
    const [leadsTransactions, transactionLog] = [
      machine.partition('__transaction_state', 0)!.isLeader,
      machine.committedBytes('__transaction_state'),
    ]
    const isSettled = groupPartition.log.nextOffset === groupPartition.highWatermark
    const liveTransactions = leadsTransactions ? transactionsView(machine.transactions) : undefined
    const asked = groupPartition.isLeader ? groupsView(machine.groups, stable) : undefined
    if (stable) await this.#pass(200)
    const liveGroups = await asked
    if (liveTransactions !== undefined) {
      this.#report(replayEqualsLive('transactions', liveTransactions, await replayedTransactions(transactionLog)))
    }
    if (liveGroups !== undefined) {
      const [live, replayed] = comparable(liveGroups, await replayedGroups(groupLog, stable), isSettled)
      this.#report(replayEqualsLive('groups', live, replayed))
    }
    this.#raise()
  }

  /** Nothing fails any more; everybody comes together, ends what was begun, and goes. */
  async #mend(): Promise<void> {
    const machine = this.#machine
    this.#network.isHealed = true
    machine.isHealed = true
    if (!machine.isUp) await this.#pass(1000)
    machine.mendReplicas()
    for (const { members } of this.#groups) for (const member of members) member.isSlow = false
    await this.#passAndLook(settleMs)
    for (const process of this.#processes) process.isEnding = true
    await this.#passAndLook(3000)
    for (const { members } of this.#groups) {
      for (const member of members) if (member.isRunning) void member.leave(-1)
    }
    await this.#passAndLook(emptyMs)
  }

  async #passAndLook(ms: number): Promise<void> {
    const part = 1000
    for (let passed = 0; passed < ms; passed += part) {
      await this.#pass(part)
      await this.#look()
    }
  }

  async #checkEverything(): Promise<void> {
    const { transactions } = this.#machine
    const open = Object.entries(transactionsView(transactions) ?? { none: 'the coordinator does not answer' })
    const isOver = (state: unknown) => ['Empty', 'CompleteCommit', 'CompleteAbort'].includes(state as string)
    for (const [id, transaction] of open) {
      const { transactionState } = transaction as { transactionState?: string }
      if (!isOver(transactionState))
        this.#report([{ name: 'notLive', what: `${id} is ${transactionState} at the end` }])
    }
    const offsets = new Map<string, Awaited<ReturnType<typeof offsetsOf>>>()
    for (const groupId of [
      ...this.#groups.map(group => group.groupId),
      ...this.#processes.map(each => each.ownGroup),
    ]) {
      offsets.set(groupId, await offsetsOf(this.#machine.groups, groupId))
    }
    const transactional = this.#groups.filter(group => group.isTransactional).map(({ groupId }) => groupId)
    this.#report(await this.#whenRead(checkOutput(this.#machine, this.#processes, transactional, offsets)))
    for (const [groupId, found] of offsets) if (found) this.#report(this.#offsets.see(groupId, found))
    this.#raise()
    await this.#checkReplay(true)
  }

  /** Reading takes time. */
  async #whenRead<Result>(reading: Promise<Result>): Promise<Result> {
    await this.#pass(500)
    return reading
  }
}

/**
 * What members believe to have. A static member that does not rejoin a classic group in time stays in it, as in Kafka, until its
 * session ends; what it has from an older generation it cannot commit, and does not count.
 */
function claimsOf(members: readonly Member[], isClassicGroup: boolean): PartitionClaim[] {
  const running = members.filter(({ isRunning }) => isRunning)
  const generation = Math.max(...running.map(({ epoch }) => epoch))
  const isBehind = ({ instance, epoch }: Member) => isClassicGroup && instance !== null && epoch < generation
  const current = running.filter(member => !isBehind(member))
  return current.map(({ memberId, owned }) => ({ memberId, partitions: owned.keys() }))
}

interface Epoch {
  readonly producerId: number
  readonly producerEpoch: number
}

const isOlder = (one: Epoch, other: Epoch): boolean =>
  one.producerId < other.producerId || (one.producerId === other.producerId && one.producerEpoch < other.producerEpoch)
