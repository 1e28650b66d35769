// Several registries on one simulated cluster, people who register schemas with them, and trouble: instances are killed and stand
// still, the network is cut in all the ways there are, the broker dies and comes back. From a seed.
// What must hold: no id is ever used twice, each schema that was acknowledged stays, with its id, and when the trouble is over all
// instances, and one that reads everything anew, have the same state.

import type { SeededRandom } from '../../io/sim/random.ts'
import type { SimWorld } from '../../io/sim/world.ts'
import { urlOf } from '../../schema-registry/leader/instance-identity.ts'
import { brokerHost, brokerPort, GroupWorld } from '../group-sim/group-world.ts'
import type { Plant } from './planted-log.ts'
import { SimInstance } from './sim-instance.ts'

export interface RegistrySimOptions {
  readonly seed: number
  readonly steps: number
  readonly instances?: number
  readonly plant?: Plant
  /** How it is decided who leads: by the group, or not at all, so that terms alone keep the instances apart. */
  readonly election?: 'group' | 'none'
  /** Fewer epochs than there are, so that producer ids are used up. */
  readonly epochMax?: number
}

export interface RegistrySimResult {
  readonly problems: readonly string[]
  readonly acknowledged: number
  readonly counts: Readonly<Record<string, number>>
  readonly traceHash: string
}

const bootstrap = `${brokerHost}:${brokerPort}`
const sessionTimeoutMs = 6000
const heartbeatIntervalMs = 1000
const clients = 4
const subjects = 3
const restMsMax = 180_000
/** A request between machines, or its answer, is lost so often. */
const lossChance = 0.05

export async function registrySim(options: RegistrySimOptions): Promise<RegistrySimResult> {
  const world = await GroupWorld.start({ seed: options.seed, checksOwners: false })
  const run = new RegistryRun(world, options)
  await run.begin()
  for (let step = 0; step < options.steps; step += 1) await run.step()
  await run.rest()
  return run.result()
}

class RegistryRun {
  readonly #world: GroupWorld
  readonly #sim: SimWorld
  readonly #options: RegistrySimOptions
  readonly #random: SeededRandom
  readonly #problems = new Set<string>()
  readonly #counts: Record<string, number> = {}
  /** By name: who runs there now. */
  readonly #instances = new Map<string, SimInstance>()
  /** What was acknowledged: "subject schema" with its id. */
  readonly #acknowledged = new Map<string, number>()
  readonly #schemaOfId = new Map<number, string>()
  #schemas = 0
  #isResting = false
  #brokerDownUntilMs = 0

  constructor(world: GroupWorld, options: RegistrySimOptions) {
    this.#world = world
    this.#sim = world.sim
    this.#options = options
    this.#random = world.sim.random.fork('registry trouble')
    this.#sim.checkAfterEveryStep(() => this.#check())
  }

  async begin(): Promise<void> {
    for (let number = 1; number <= (this.#options.instances ?? 3); number += 1) this.#start(`registry-${number}`)
    await this.#world.until('an instance leads', () => this.#all.some(({ isLeader }) => isLeader))
    for (let number = 0; number < clients; number += 1) void this.#client()
  }

  async step(): Promise<void> {
    const actions = [
      () => this.#kill(this.#leader ?? this.#any()),
      () => this.#kill(this.#any()),
      () => this.#pause(this.#leader ?? this.#any()),
      () => this.#pause(this.#any()),
      () => this.#cut(this.#leader ?? this.#any()),
      () => this.#cut(this.#leader ?? this.#any()),
      () => this.#cut(this.#any()),
      () => this.#sim.network.reset(brokerHost),
      () => this.#crashBroker(),
    ]
    actions[this.#random.int(actions.length)]!()
    await this.#sim.runFor(this.#random.int(2) === 0 ? this.#random.int(500) : this.#random.int(9000))
    if (!this.#world.isBrokerUp && this.#sim.nowMs >= this.#brokerDownUntilMs) await this.#world.startBroker()
  }

  /** All is mended: every instance comes to the same state, which has everything that was acknowledged. */
  async rest(): Promise<void> {
    this.#isResting = true
    this.#sim.network.heal()
    if (!this.#world.isBrokerUp) await this.#world.startBroker()
    for (const instance of this.#all) if (instance.isPaused) instance.resume()
    for (const [name, instance] of this.#instances) if (!instance.isAlive) this.#start(name)
    const before = this.#acknowledged.size
    this.#isResting = false
    const writes = () => this.#acknowledged.size > before + 5
    await this.#world.until('schemas are registered again', writes, restMsMax)
    this.#isResting = true
    await this.#sim.runFor(20_000)
    this.#start('auditor')
    const auditor = this.#instances.get('auditor')!
    await this.#sim.complete(auditor.started(), restMsMax)
    await this.#sim.runFor(2000)
    const state = auditor.witness.describe()
    for (const { name, witness } of this.#all) {
      if (witness.describe() !== state) this.#problems.add(`${name} ends with another state than the auditor`)
    }
    for (const [acknowledged, id] of this.#acknowledged) {
      const [subject, schema] = acknowledged.split(' ') as [string, string]
      const found = auditor.witness.idOf(subject, schema)
      if (found !== id) this.#problems.add(`${acknowledged} was acknowledged with id ${id} and has ${found}`)
    }
  }

  result(): RegistrySimResult {
    const problems = [...this.#problems, ...this.#world.problems]
    const { traceHash } = this.#sim
    return { problems, acknowledged: this.#acknowledged.size, counts: this.#counts, traceHash }
  }

  get #all(): SimInstance[] {
    return [...this.#instances.values()]
  }

  get #leader(): SimInstance | undefined {
    return this.#all.find(({ isAlive, isPaused, isLeader }) => isAlive && !isPaused && isLeader)
  }

  #start(name: string): void {
    const { plant = 'none', election = 'group', epochMax } = this.#options
    const options = {
      bootstrap,
      plant,
      isAlone: election === 'none',
      sessionTimeoutMs,
      heartbeatIntervalMs,
      ...(epochMax !== undefined && { epochMax }),
    }
    this.#instances.set(name, new SimInstance(this.#sim, name, options))
  }

  #any(): SimInstance | undefined {
    const running = this.#all.filter(({ isAlive, isPaused }) => isAlive && !isPaused)
    return running[this.#random.int(Math.max(1, running.length))]
  }

  #count(what: string): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + 1
  }

  #later(ms: number, run: () => void): void {
    this.#sim.scheduler.schedule(ms, run)
  }

  #kill(instance: SimInstance | undefined): void {
    if (instance === undefined) return
    this.#count(instance.isLeader ? 'leaders killed' : 'followers killed')
    instance.kill()
    this.#later(this.#random.int(10_000), () => {
      if (this.#instances.get(instance.name) === instance) this.#start(instance.name)
    })
  }

  #pause(instance: SimInstance | undefined): void {
    if (instance === undefined) return
    this.#count(instance.isLeader ? 'leaders paused' : 'followers paused')
    instance.pause()
    this.#later(this.#random.int(20_000), () => {
      if (instance.isAlive && instance.isPaused) instance.resume()
    })
  }

  /** One way or both, for shorter or longer than a session; what was under way arrives when it is over. */
  #cut(instance: SimInstance | undefined): void {
    if (instance === undefined) return
    this.#count(instance.isLeader ? 'leaders cut off' : 'followers cut off')
    const oneWay = this.#random.int(3) > 0
    if (this.#random.int(2) === 0) this.#sim.network.block(instance.name, brokerHost, { oneWay })
    else this.#sim.network.block(brokerHost, instance.name, { oneWay })
    this.#later(100 + this.#random.int(18_000), () => this.#sim.network.heal())
  }

  #crashBroker(): void {
    if (!this.#world.isBrokerUp) return
    this.#count('broker crashes')
    this.#world.crashBroker()
    this.#brokerDownUntilMs = this.#sim.nowMs + this.#random.int(8000)
  }

  /** Registers one schema after the other, each until it is acknowledged, and an old one again now and then. */
  async #client(): Promise<void> {
    for (;;) {
      await this.#wait(1 + this.#random.int(400))
      if (this.#isResting) continue
      const subject = `s${this.#random.int(subjects)}`
      const isOld = this.#schemas > 0 && this.#random.int(4) === 0
      const schema = schemaText(isOld ? this.#random.int(this.#schemas) : this.#schemas++)
      while (!(await this.#tryRegister(subject, schema))) await this.#wait(100 + this.#random.int(500))
    }
  }

  async #tryRegister(subject: string, schema: string): Promise<boolean> {
    const instance = this.#any()
    if (instance === undefined) return false
    const answer = instance.register(subject, schema, url => this.#peer(url))
    const lost = this.#random.chance(lossChance)
    const late = this.#wait(lost ? 1 : 12_000).then(() => undefined)
    const id = await Promise.race([answer.catch(() => undefined), late])
    if (id === undefined) return false
    // From a process that died meanwhile nobody hears.
    if (!instance.isAlive) return false
    this.#acknowledge(subject, schema, id)
    return true
  }

  #acknowledge(subject: string, schema: string, id: number): void {
    const known = this.#schemaOfId.get(id)
    if (known !== undefined && known !== schema)
      this.#problems.add(`id ${id} was acknowledged for ${known} and ${schema}`)
    this.#schemaOfId.set(id, schema)
    this.#acknowledged.set(`${subject} ${schema}`, id)
  }

  #peer(url: string): SimInstance | undefined {
    const found = this.#all.find(({ name }) => urlOf({ scheme: 'http', host: name, port: 8081 }) === url)
    return found?.isAlive && !found.isPaused && !this.#random.chance(lossChance) ? found : undefined
  }

  #wait(ms: number): Promise<void> {
    return new Promise(resolve => this.#later(ms, resolve))
  }

  #check(): void {
    for (const { name, witness, failure } of this.#all) {
      if (witness.problems.length > 0)
        for (const problem of witness.problems.splice(0)) this.#problems.add(`${name}: ${problem}`)
      if (failure !== undefined) this.#problems.add(`${name} did not start: ${failure.message}`)
    }
  }
}

/** Each can read all the others: only the documentation differs. The text is the one that the registry keeps. */
function schemaText(number: number): string {
  return `{"type":"record","name":"Order","doc":"${number}","fields":[]}`
}
