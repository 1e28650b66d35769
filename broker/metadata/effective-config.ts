// This node's settings as the controller has decided them: those it was started with, and the dynamic ones of the image as
// decided, which may be ahead of what the broker itself already obeys. Made anew only when one of them has changed.

import type { BrokerConfig, SettingTexts } from '../config/broker-config.ts'
import { withDynamic } from '../config/dynamic-config.ts'
import type { MetadataImage } from './metadata-image.ts'

export class EffectiveConfig {
  readonly #started: BrokerConfig
  #cluster: SettingTexts | undefined
  #broker: SettingTexts | undefined
  #config: BrokerConfig

  constructor(started: BrokerConfig) {
    this.#started = started
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
      this.#config = withDynamic(this.#started, cluster, broker).config
    } catch {
      // Stored values that contradict each other: what held before them goes on to hold, here as in the running broker,
      // which says so in its log (live-config.ts).
    }
    return this.#config
  }
}
