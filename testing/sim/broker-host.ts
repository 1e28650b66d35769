// The broker's machine: starts the real Broker on the simulated world, ends it in all the ways there are, and starts it
// again. What a partition must still hold is checked at the moment the broker serves again, before any client can write.

import { Broker } from '../../broker/broker.ts'
import { type BrokerConfig, brokerConfig } from '../../broker/config/broker-config.ts'
import { developmentProfile } from '../../broker/config/development-profile.ts'
import type { PartitionLog } from '../../broker/log/partition-log.ts'
import type { Partition } from '../../broker/partition/partition.ts'
import type { PartitionHistory } from '../../broker/sim/partition-history.ts'
import type { Logger } from '../../io/logger.ts'
import type { SimHost } from '../../io/sim/host.ts'
import { FrameBuffers } from '../../protocol/frame-buffers.ts'
import type { SimContext } from './context.ts'
import { type Plant, plantedSettings, plantInto, withPlant } from './planted-fault.ts'
import { brokerHostName, brokerPort } from './sim-client.ts'
import type { SimTopic } from './witness.ts'

export type BrokerState = 'down' | 'starting' | 'serving' | 'stopping'

/** What the server logs when a handler threw: the client is told UNKNOWN_SERVER_ERROR, and it is a bug of ours. */
const unexpectedFailure = 'a request failed unexpectedly'
const restartMsAfterFailure = 100
const repairMs = 50
const restartMsWhenImpaired = 300
const spaceBytesMin = 1024 * 1024

export class BrokerHost {
  readonly host: SimHost
  readonly #context: SimContext
  readonly #config: BrokerConfig
  readonly #plant: Plant | undefined
  readonly #planted = new WeakSet<Partition>()
  #state: BrokerState = 'down'
  #broker: Broker | undefined
  #topics: readonly SimTopic[] = []
  /** A disk fault is armed, or has struck in this life: giving up is allowed. */
  #mayFail = false
  /** A sync fails, or has: the page cache holds what counts as written and is not on the medium, and nobody can tell. */
  #isCacheUntrue = false
  #wasClean = false
  /** There was next to no space at some time in this life. */
  #lackedSpace = false
  readonly counts = { starts: 0, crashes: 0, powerLosses: 0, stops: 0, failures: 0 }

  constructor(context: SimContext, plant: Plant | undefined) {
    const { sim, plan } = context
    this.#context = context
    this.#plant = plant
    this.host = sim.host(brokerHostName)
    const profile = developmentProfile({ port: brokerPort, dataDir: '/data' })
    this.#config = brokerConfig({ profile, overrides: new Map([...plan.settings, ...plantedSettings(plant)]) })
  }

  get state(): BrokerState {
    return this.#state
  }

  /** Whether a log directory is offline, or may be, which only a restart mends. */
  get isImpaired(): boolean {
    const isOffline = this.#state === 'serving' && this.#broker!.logs.directories.some(({ isOnline }) => !isOnline)
    return isOffline || this.#mayFail
  }

  /** These are held against their histories from here on. */
  watch(topics: readonly SimTopic[]): void {
    this.#topics = topics
  }

  start(): void {
    const { witness } = this.#context
    const life = ++witness.life
    this.counts.starts += 1
    this.#state = 'starting'
    this.#lackedSpace = this.host.disk.freeBytes < spaceBytesMin
    const world = withPlant(this.host.start({ logger: this.#logger() }), this.#plant)
    const inThisLife = (run: () => void) => {
      if (life === witness.life && this.#state !== 'down') run()
    }
    // Written over as soon as they are free: whoever still looked at a request's bytes would find others.
    const frameBuffers = new FrameBuffers({ frameBytesMin: 1, poisons: true })
    const onFatal = (error: Error) => inThisLife(() => this.#giveUp('brokerGaveUp', error))
    Broker.start({ world, config: this.#config, hostName: brokerHostName, onFatal, frameBuffers }).then(
      broker => inThisLife(() => this.#serve(broker)),
      error => inThisLife(() => this.#giveUp('brokerDidNotStart', error)),
    )
  }

  /** kill -9, or a loss of power, and a start some time later. Nothing when it is down already. */
  end(how: 'crash' | 'powerLoss', downMs: number): void {
    if (this.#state === 'down') return
    this.#down()
    if (how === 'powerLoss' || this.#isCacheUntrue) {
      this.counts.powerLosses += 1
      this.host.losePower()
      this.#context.witness.losePower()
    } else {
      this.counts.crashes += 1
      this.host.crashProcess()
    }
    this.#startLater(downMs)
  }

  /** A clean stop, and a start some time later. */
  stop(downMs: number): void {
    if (this.#state !== 'serving') return
    const life = this.#context.witness.life
    this.#state = 'stopping'
    this.#context.witness.isServing = false
    this.counts.stops += 1
    const ended = (clean: boolean) => {
      if (this.#state !== 'stopping' || life !== this.#context.witness.life) return
      this.#down()
      this.#wasClean = clean
      this.host.crashProcess()
      this.#startLater(downMs)
    }
    this.#broker!.stop().then(
      () => ended(true),
      error => {
        if (!this.#mayFail && !this.#lackedSpace) this.#context.witness.fail('stopFailed', error)
        ended(false)
      },
    )
  }

  /** Disk faults from here on excuse failures; `syncs`: also of syncs. */
  expectFailure(options: { syncs: boolean }): void {
    this.#mayFail = true
    if (options.syncs) this.#isCacheUntrue = true
  }

  /** Space is about to run out, for the broker too that is just starting. */
  expectLackOfSpace(): void {
    this.#lackedSpace = true
  }

  /** No fault is armed any more: whatever it left behind is repaired, and from the next start on failing is a finding. */
  repair(): void {
    this.end('crash', repairMs)
    this.#mayFail = false
    this.#isCacheUntrue = false
  }

  /** The marks of all partitions that are served now, against what is known of them. */
  check(): void {
    if (this.#state !== 'serving') return
    const { witness } = this.#context
    for (const [history, log] of this.#served()) {
      const { logStartOffset, highWatermark, logEndOffset, recoveryPoint } = log
      const { known } = history
      history.seeFlushed(recoveryPoint)
      const isSame =
        known.logStartOffset === logStartOffset &&
        known.highWatermark === highWatermark &&
        known.logEndOffset === logEndOffset
      if (!isSame) witness.report(history.see({ logStartOffset, highWatermark, logEndOffset }))
      if (history.durability === 'flushed') witness.report(history.seeStable(log.lastStableOffset, highWatermark))
    }
    const { image } = this.#broker!.metadata
    witness.report(
      witness.topics.check(name => {
        const topic = image.topicByName(name)
        return topic && { name, id: topic.id, partitions: topic.partitions.length }
      }),
    )
  }

  #serve(broker: Broker): void {
    this.#broker = broker
    this.#state = 'serving'
    const clean = this.#wasClean
    this.#wasClean = false
    for (const [history, { logEndOffset }] of this.#served()) {
      this.#context.witness.report(history.restart({ logEndOffset, clean }))
    }
    this.#context.witness.isServing = true
    this.check()
    // Somebody looks after it: a directory that is offline is mended by another start.
    if (this.isImpaired) this.#restartLater()
  }

  *#served(): Generator<[PartitionHistory, PartitionLog]> {
    for (const topic of this.#topics) {
      for (let index = 0; index < topic.partitions; index++) {
        const partition = this.#broker!.partitions.get(topic.name, index)
        if (!partition || partition.log.failure) continue
        if (this.#plant && !this.#planted.has(partition)) {
          this.#planted.add(partition)
          plantInto(partition, this.#plant)
        }
        yield [this.#context.witness.history(topic, index), partition.log]
      }
    }
  }

  #giveUp(name: string, error: Error): void {
    this.counts.failures += 1
    // A disk without any space is a state that a running broker bears. Starting on one may fail, and is tried again; a stop
    // on one may not be a clean one.
    const lacksSpace = this.#state !== 'serving' && this.#lackedSpace
    if (!this.#mayFail && !lacksSpace) this.#context.witness.fail(name, error)
    // The process ends at once, as the command line's does.
    this.end('crash', restartMsAfterFailure)
  }

  #down(): void {
    this.#state = 'down'
    this.#broker = undefined
    this.#wasClean = false
    this.#context.witness.isServing = false
  }

  #restartLater(): void {
    const { life } = this.#context.witness
    this.#context.sim.scheduler.schedule(restartMsWhenImpaired, () => {
      if (life === this.#context.witness.life) this.end('crash', repairMs)
    })
  }

  #startLater(downMs: number): void {
    this.#context.sim.scheduler.schedule(downMs, () => {
      if (this.#state === 'down') this.start()
    })
  }

  #logger(): Logger {
    const { sim } = this.#context
    const line = (level: string) => (fields: object, text: string) => {
      const { err, ...rest } = fields as { err?: unknown }
      // Without the stack, which tells who runs the simulation.
      const why = err instanceof Error ? ` ${err.name}: ${err.message}` : ''
      sim.trace.add(sim.nowMs, `broker ${level}: ${text} ${JSON.stringify(rest)}${why}`)
      if (text === unexpectedFailure && !this.#mayFail) this.#context.witness.fail('requestFailed', err)
    }
    return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
  }
}
