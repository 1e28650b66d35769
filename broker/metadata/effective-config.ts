// This node's settings with the dynamic ones of an image applied: made anew only when one of them has changed.

import type { Logger } from '../../io/logger.ts'
import type { BrokerConfig, SettingTexts } from '../config/broker-config.ts'
import { withDynamic } from '../config/dynamic-config.ts'
import type { MetadataImage } from './metadata-image.ts'

export class EffectiveConfig {
  readonly #started: BrokerConfig
  /** Hears of dynamic values that are not applied; undefined: nobody does. */
  readonly #logger: Logger | undefined
  #cluster: SettingTexts | undefined
  #broker: SettingTexts | undefined
  #config: BrokerConfig

  constructor(started: BrokerConfig, logger?: Logger) {
    this.#started = started
    this.#logger = logger
    this.#config = started
  }

  of(image: MetadataImage): BrokerConfig {
    const cluster = image.configOverrides('broker', '')
    const broker = image.configOverrides('broker', String(this.#started.nodeId))
    // Overrides are immutable values: another change, another map.
    if (cluster === this.#cluster && broker === this.#broker) return this.#config
    this.#cluster = cluster
    this.#broker = broker
    try {
      const { config, ignored } = withDynamic(this.#started, cluster, broker)
      this.#config = config
      for (const text of ignored) this.#logger?.warn({}, `a setting changed at run time is not applied: ${text}`)
    } catch (error) {
      this.#logger?.error(
        { err: error },
        'the settings changed at run time contradict each other; those before them stay',
      )
    }
    return this.#config
  }
}
