// What lies between clients and coordinators: requests take a while, are lost on their way, or their answers are. Who gets no
// answer goes on after a while. A request is carried out before that or never, so that those of one client stay in order.
//
// What members have asked for is kept: when a group has removed one of them, its requests come once more, and must get nothing done.

import type { GroupCoordinator } from '../../broker/coordinator/group/group-coordinator.ts'
import type { AskedGroups } from '../../broker/coordinator/testing/simulated-reader.ts'
import type { Violation } from '../../broker/sim/violation.ts'
import type { SeededRandom } from '../../io/sim/random.ts'
import { errors, type ProtocolError } from '../../protocol/errors.ts'
import type { CoordinatorMachine } from './coordinator-machine.ts'
import type { OffsetWitness } from './offset-witness.ts'
import type { Plant } from './plant.ts'

type Commit = Parameters<GroupCoordinator['offsetCommit']>
type ConsumerHeartbeat = Parameters<GroupCoordinator['consumerGroupHeartbeat']>
type ClassicHeartbeat = Parameters<GroupCoordinator['heartbeat']>
type Sync = Parameters<GroupCoordinator['syncGroup']>

type Asked = readonly [{ readonly clientId: string | null }, object, ...unknown[]]

/** A request that a member has made, to be made again when the group does not have it any more. */
interface Past {
  readonly groupId: string
  readonly memberId: string
  readonly again: (groups: GroupCoordinator) => Promise<number>
}

const delayMsMax = 30
const patienceMs = 700
const lossChance = 0.02
const pastMax = 60
const shownMax = 400
const noAnswer = errors.NETWORK_EXCEPTION

export class Network implements AskedGroups {
  readonly counts = { lost: 0, requests: 0, zombieRequests: 0, fenced: 0 }
  /** Nothing is lost any more. */
  isHealed = false
  readonly #machine: CoordinatorMachine
  readonly #random: SeededRandom
  readonly #offsets: OffsetWitness
  readonly #plant: Plant | undefined
  readonly #past: Past[] = []

  constructor(machine: CoordinatorMachine, random: SeededRandom, offsets: OffsetWitness, plant: Plant | undefined) {
    this.#machine = machine
    this.#random = random
    this.#offsets = offsets
    this.#plant = plant
  }

  get #groups(): GroupCoordinator {
    return this.#machine.groups
  }

  /** Undefined: there is no answer. `what`: for the trace. */
  async carry<Answer>(what: string, call: () => Promise<Answer>, request?: object): Promise<Answer | undefined> {
    const answer = await this.#carry(what, call, request)
    const { errorCode, error } = (answer ?? {}) as { errorCode?: number; error?: ProtocolError }
    const code = answer === undefined ? 'no answer' : (errorCode ?? error?.code ?? 0)
    this.#machine.note(`${what}: ${code}`, () => shown(answer))
    return answer
  }

  #ask<Answer>(name: string, [context, request]: Asked, call: () => Promise<Answer>): Promise<Answer | undefined> {
    return this.carry(`${context.clientId} ${name}`, call, request)
  }

  async #carry<Answer>(what: string, call: () => Promise<Answer>, request?: object): Promise<Answer | undefined> {
    this.counts.requests++
    const [random, isHealed] = [this.#random, this.isHealed]
    const isLost = !isHealed && random.chance(lossChance)
    const isAnswerLost = !isHealed && random.chance(lossChance)
    await this.pause(random.int(delayMsMax))
    if (!isLost) this.#machine.note(`${what}?`, () => shown(request))
    const answer = isLost ? undefined : await call()
    if (!isLost && !isAnswerLost) return answer
    this.counts.lost++
    await this.pause(patienceMs)
    return undefined
  }

  pause(ms: number): Promise<void> {
    return new Promise(resolve => void this.#machine.clock.after(ms, resolve))
  }

  async consumerGroupHeartbeat(...asked: ConsumerHeartbeat) {
    const [, request] = asked
    if (request.memberEpoch > 0) {
      const again = (groups: GroupCoordinator) => groups.consumerGroupHeartbeat(...asked)
      this.#keep(request, async groups => (await again(groups)).errorCode ?? 0)
    }
    const answer = await this.#ask('consumerGroupHeartbeat', asked, () => this.#groups.consumerGroupHeartbeat(...asked))
    return this.#planted(answer) ?? { errorCode: noAnswer.code }
  }

  /** A fault: everybody is told to have the first partition. */
  #planted<Answer extends Awaited<ReturnType<GroupCoordinator['consumerGroupHeartbeat']>> | undefined>(answer: Answer) {
    const assignment = this.#plant === 'twoOwners' ? answer?.assignment : undefined
    if (!answer || !assignment?.topicPartitions) return answer
    const topicPartitions = assignment.topicPartitions.map(topic => {
      return { ...topic, partitions: [...new Set([0, ...(topic.partitions ?? [])])] }
    })
    return { ...answer, assignment: { ...assignment, topicPartitions } }
  }

  async heartbeat(...asked: ClassicHeartbeat) {
    this.#keep(asked[1], async groups => (await groups.heartbeat(...asked)).errorCode ?? 0)
    const answer = await this.#ask('heartbeat', asked, () => this.#groups.heartbeat(...asked))
    return answer ?? { errorCode: noAnswer.code }
  }

  async joinGroup(...asked: Parameters<GroupCoordinator['joinGroup']>) {
    const answer = await this.#ask('joinGroup', asked, () => this.#groups.joinGroup(...asked))
    return answer ?? { memberId: asked[1].memberId, errorCode: noAnswer.code }
  }

  async syncGroup(...asked: Sync) {
    this.#keep(asked[1], async groups => (await groups.syncGroup(...asked)).errorCode ?? 0)
    const answer = await this.#ask('syncGroup', asked, () => this.#groups.syncGroup(...asked))
    return answer ?? { errorCode: noAnswer.code }
  }

  async leaveGroup(...asked: Parameters<GroupCoordinator['leaveGroup']>) {
    const answer = await this.#ask('leaveGroup', asked, () => this.#groups.leaveGroup(...asked))
    return answer ?? { errorCode: noAnswer.code }
  }

  async offsetFetch(...asked: Parameters<GroupCoordinator['offsetFetch']>) {
    const answer = await this.#ask('offsetFetch', asked, () => this.#groups.offsetFetch(...asked))
    return answer ?? { error: noAnswer }
  }

  async offsetCommit(...asked: Commit) {
    const [, request] = asked
    this.#keep(request, groups => commitError(groups.offsetCommit(...asked)))
    this.#offsets.attempt(request)
    const answer = await this.#ask('offsetCommit', asked, () => this.#groups.offsetCommit(...asked))
    if (answer === undefined) return { error: noAnswer }
    if (!('error' in answer)) this.#offsets.acknowledge(request.groupId, answer, request)
    return answer
  }

  #keep({ groupId, memberId }: { groupId: string; memberId: string }, again: Past['again']): void {
    if (memberId === '') return
    this.#past.push({ groupId, memberId, again })
    if (this.#past.length > pastMax) this.#past.splice(this.#random.int(pastMax), 1)
  }

  /** A removed member asks once more. `hasMember`: as of the last commit; undefined: nobody can tell now. */
  async haunt(hasMember: (groupId: string, memberId: string) => boolean | undefined): Promise<Violation[]> {
    const gone = this.#past.filter(({ groupId, memberId }) => hasMember(groupId, memberId) === false)
    if (gone.length === 0) return []
    const zombie = this.#random.pick(gone)
    this.counts.zombieRequests++
    const errorCode = await zombie.again(this.#groups)
    if (errorCode !== errors.NONE.code) {
      this.counts.fenced++
      return []
    }
    const what = `${zombie.memberId} is not in group ${zombie.groupId}, and its request was carried out`
    return [{ name: 'zombieNotFenced', what }]
  }
}

async function commitError(answer: ReturnType<GroupCoordinator['offsetCommit']>): Promise<number> {
  const answered = await answer
  if ('error' in answered) return answered.error.code
  return answered.topics?.[0]?.partitions?.[0]?.errorCode ?? errors.NONE.code
}

/** For reading: what is too long is left out. */
function shown(answer: unknown): string {
  const text = JSON.stringify(answer, (key, value) => {
    if (typeof value === 'bigint') return String(value)
    return key === 'metadata' || key === 'assignment' || value === null ? undefined : value
  })
  return text === undefined || text.length <= shownMax ? (text ?? '') : `${text.slice(0, shownMax)}...`
}
