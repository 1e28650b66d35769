// Our broker in the simulated world as a target of the client's checks (client/compat): they await what they do, and whoever runs them
// lets the world go on meanwhile.

import { Broker } from '../../broker/broker.ts'
import { brokerConfig } from '../../broker/config/broker-config.ts'
import { developmentProfile } from '../../broker/config/development-profile.ts'
import type { CheckContext, TargetNode } from '../../client/compat/check.ts'
import { silentLogger } from '../../io/logger.ts'
import { SimWorld } from '../../io/sim/world.ts'

const port = 19_094
const bootstrap = `broker:${port}`
const settings = {
  listeners: `PLAINTEXT://0.0.0.0:${port},CONTROLLER://127.0.0.1:19093`,
  'advertised.listeners': `PLAINTEXT://${bootstrap}`,
  'group.initial.rebalance.delay.ms': '0',
  'group.min.session.timeout.ms': '1000',
  'offsets.topic.num.partitions': '2',
  'transaction.state.log.num.partitions': '2',
}

export class SimulatedTarget {
  readonly world: SimWorld
  /** Why the broker gave up, if it did. */
  readonly fatal: Error[] = []
  #broker: Broker | undefined
  #names = 0

  private constructor(seed: number) {
    this.world = new SimWorld({ seed })
  }

  static async start(seed: number): Promise<SimulatedTarget> {
    const target = new SimulatedTarget(seed)
    await target.world.complete(target.#start())
    return target
  }

  /** For clients on a machine of their own. */
  context(): CheckContext {
    const world = { ...this.world.host('client').start(), logger: silentLogger }
    const newName = (what: string) => `${what}-${++this.#names}`
    return {
      target: 'millrace',
      bootstrap,
      brokerCount: 1,
      replicationFactor: 1,
      world,
      newName,
      nodes: [this.#node()],
    }
  }

  async stop(): Promise<void> {
    await this.world.complete(this.#broker!.stop())
  }

  #node(): TargetNode {
    const cannot = () => {
      throw new Error('a process of the simulated world does not stand still: hold what is sent to it')
    }
    return {
      nodeId: 1,
      start: () => this.#start(),
      stop: () => this.#broker!.stop(),
      kill: async () => this.world.host('broker').crashProcess(),
      freeze: cannot,
      thaw: cannot,
    }
  }

  async #start(): Promise<void> {
    const world = this.world.host('broker').start({ logger: silentLogger })
    const config = brokerConfig({
      profile: developmentProfile({ port, dataDir: '/data' }),
      properties: new Map(Object.entries(settings)),
    })
    this.#broker = await Broker.start({ world, config, onFatal: error => this.fatal.push(error) })
  }
}
