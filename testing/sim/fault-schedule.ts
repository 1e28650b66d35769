// What goes wrong, and when. All faults are such as a correct broker must survive: its machine and its clients fail, and
// nobody lies. One limit: a disk whose sync failed is followed by a loss of power before anything is read from it again,
// because the page cache then holds what is not on the medium, and no program can tell.

import type { DiskOperation } from '../../io/sim/disk-faults.ts'
import type { SeededRandom } from '../../io/sim/random.ts'
import type { BrokerHost } from './broker-host.ts'
import type { SimContext } from './context.ts'
import type { FaultKind } from './plan.ts'
import { brokerHostName } from './sim-client.ts'

const operations: readonly DiskOperation[] = [
  'write',
  'write',
  'write',
  'datasync',
  'open',
  'read',
  'rename',
  'syncDirectory',
]
/** Well within message.timestamp.after.max.ms, so that producers' timestamps stay acceptable. */
const clockStepMsMax = 3_000_000
const ampleBytes = 1024 ** 4

export class FaultSchedule {
  readonly #context: SimContext
  readonly #broker: BrokerHost
  readonly #clients: () => readonly string[]
  readonly #random: SeededRandom
  #disarm: (() => void)[] = []
  readonly counts = new Map<FaultKind, number>()

  constructor(context: SimContext, broker: BrokerHost, clients: () => readonly string[]) {
    this.#context = context
    this.#broker = broker
    this.#clients = clients
    this.#random = context.sim.random.fork('faults')
  }

  start(): void {
    const { sim, plan } = this.#context
    const delayMs = -Math.log(1 - this.#random.next()) * plan.faultMsMean
    sim.scheduler.schedule(delayMs, () => {
      if (this.#context.isEnding) return
      const kind = this.#random.pick(plan.faults)
      sim.trace.add(sim.nowMs, `fault ${kind}`)
      this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1)
      this.#inflict(kind)
      this.start()
    })
  }

  /** Everything works again, and the broker is on its way back if it was down. */
  heal(): void {
    const { sim, plan } = this.#context
    this.#disarmAll()
    sim.network.heal()
    Object.assign(sim.network.conditions, plan.network, { resetChance: 0, refuseChance: 0 })
    this.#broker.host.disk.capacityBytes = ampleBytes
    if (this.#broker.isImpaired) this.#broker.repair()
  }

  #inflict(kind: FaultKind): void {
    const downMs = this.#random.pick([5, 50, 300])
    if (kind === 'crash' || kind === 'powerLoss') this.#broker.end(kind, downMs)
    else if (kind === 'stop') this.#broker.stop(downMs)
    else if (kind === 'diskFull') this.#fillDisk()
    else if (kind === 'diskError') this.#breakDisk()
    else if (kind === 'reset') this.#context.sim.network.reset(this.#random.pick(this.#clients()))
    else if (kind === 'partition') this.#partition()
    else if (kind === 'clockStep') this.#stepClock()
    else this.#slowDown()
  }

  #fillDisk(): void {
    const { disk } = this.#broker.host
    this.#broker.expectLackOfSpace()
    disk.capacityBytes = disk.usedBytes + this.#random.pick([0, 4096, 20_000])
    this.#later(this.#random.pick([200, 1500]), () => {
      disk.capacityBytes = ampleBytes
    })
  }

  #breakDisk(): void {
    const operation = this.#random.pick(operations)
    const path = this.#random.pick(this.#context.plan.logDirectories)
    this.#broker.expectFailure({ syncs: operation === 'datasync' || operation === 'syncDirectory' })
    const { disk } = this.#broker.host
    this.#disarm.push(disk.fail({ operation, path, nth: 1 + this.#random.int(20), times: 1 }))
    this.#later(500, () => {
      this.#disarmAll()
      // The fault may also not have struck.
      this.#broker.repair()
    })
  }

  #partition(): void {
    const { network } = this.#context.sim
    const oneWay = this.#random.chance(0.3)
    network.block(brokerHostName, this.#random.pick(this.#clients()), { oneWay })
    this.#later(this.#random.pick([100, 2000]), () => network.heal())
  }

  /** The wall clock of the broker's machine, as an administrator or NTP sets it. */
  #stepClock(): void {
    const { clockError } = this.#broker.host
    clockError.offsetMs = (this.#random.next() - 0.5) * clockStepMsMax
    clockError.rate = this.#random.pick([1, 1, 1.01])
  }

  #slowDown(): void {
    const { conditions } = this.#context.sim.network
    conditions.latencyMsMax = 30
    this.#later(300, () => {
      conditions.latencyMsMax = this.#context.plan.network.latencyMsMax ?? 1
    })
  }

  #disarmAll(): void {
    for (const disarm of this.#disarm.splice(0)) disarm()
  }

  #later(ms: number, run: () => void): void {
    this.#context.sim.scheduler.schedule(ms, () => {
      if (!this.#context.isEnding) run()
    })
  }
}
