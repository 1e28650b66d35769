// The broker's configuration as it holds now: what it was started with, and what was changed at run time on top.

import type { Logger } from '../io/logger.ts'
import type { BrokerConfig, SettingTexts } from './config/broker-config.ts'
import { withDynamic } from './config/dynamic-config.ts'
import { type LogConfig, logConfigOf } from './config/log-config.ts'
import type { MetadataDelta } from './metadata/metadata-delta.ts'
import type { MetadataImage } from './metadata/metadata-image.ts'

export class LiveConfig {
  readonly #started: BrokerConfig
  readonly #logger: Logger
  readonly #onChanged: (config: BrokerConfig) => void
  #current: BrokerConfig
  /** By the overrides, which are never changed but replaced: ten thousand logs of one topic share one. */
  #logConfigs = new WeakMap<SettingTexts, LogConfig>()

  /** `onChanged` is for those who do not read settings when they need them. */
  constructor(started: BrokerConfig, logger: Logger, onChanged: (config: BrokerConfig) => void) {
    this.#started = started
    this.#logger = logger
    this.#onChanged = onChanged
    this.#current = started
  }

  get current(): BrokerConfig {
    return this.#current
  }

  /** What a topic with these overrides tells its logs. */
  logConfig(overrides: SettingTexts): LogConfig {
    let config = this.#logConfigs.get(overrides)
    if (config === undefined) this.#logConfigs.set(overrides, (config = logConfigOf(this.#current, overrides)))
    return config
  }

  /** Subscribed to the metadata before everybody who reads settings when they change. */
  applyDelta(image: MetadataImage, delta: MetadataDelta): void {
    const isChanged = delta.isInitial || delta.changedConfigs.some(change => change.type === 'broker')
    if (isChanged) this.adopt(image)
  }

  /** Takes what the metadata holds. Values that contradict each other are left aside, with a line in the log. */
  adopt(image: MetadataImage): void {
    const cluster = image.configOverrides('broker', '')
    const own = image.configOverrides('broker', String(this.#started.nodeId))
    if (cluster.size === 0 && own.size === 0) {
      this.#become(this.#started)
      return
    }
    try {
      const { config, ignored } = withDynamic(this.#started, cluster, own)
      this.#become(config)
      for (const reason of ignored) this.#logger.warn({ reason }, 'a stored broker setting is not applied')
    } catch (error) {
      this.#logger.error({ err: error }, 'stored broker settings contradict each other; those from before hold')
    }
  }

  #become(config: BrokerConfig): void {
    if (config === this.#current) return
    this.#current = config
    this.#logConfigs = new WeakMap()
    this.#onChanged(config)
  }
}
