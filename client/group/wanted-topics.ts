// Which topics a subscription means at present: names as they are, a pattern by the topics that the cluster has. Keeps the
// cluster's image interested in them.

import type { Cluster } from '../cluster/cluster.ts'
import type { ClusterImage } from '../cluster/cluster-image.ts'
import type { GroupSubscription } from './group-membership.ts'

export interface WantedTopicsOptions {
  /** Internal topics do not match a pattern. */
  readonly excludeInternalTopics: boolean
}

export class WantedTopics {
  readonly #cluster: Cluster
  readonly #options: WantedTopicsOptions
  readonly #onChange: () => void
  #subscription: GroupSubscription | undefined
  /** The pattern of the subscription, apart from where a sticky or global one stopped last time. */
  #pattern: RegExp | undefined
  #topics: readonly string[] = []
  #stopListening: (() => void) | undefined

  /** `onChange`: other topics match than before. */
  constructor(cluster: Cluster, options: WantedTopicsOptions, onChange: () => void) {
    this.#cluster = cluster
    this.#options = options
    this.#onChange = onChange
  }

  get subscription(): GroupSubscription | undefined {
    return this.#subscription
  }

  /** Sorted. Empty for a regular expression that the broker matches. */
  get topics(): readonly string[] {
    return this.#topics
  }

  /** The broker's regular expression, where that is subscribed to. */
  get regex(): string | undefined {
    return this.#subscription !== undefined && 'regex' in this.#subscription ? this.#subscription.regex : undefined
  }

  /** Whether a member may be given partitions of the topic. */
  includes(topic: string): boolean {
    if (this.#subscription === undefined) return false
    if ('topics' in this.#subscription) return this.#topics.includes(topic)
    return this.#pattern?.test(topic) ?? true
  }

  set(subscription: GroupSubscription): void {
    this.clear()
    this.#subscription = subscription
    const { topics } = this.#cluster
    if ('topics' in subscription) {
      this.#topics = [...new Set(subscription.topics)].sort()
      for (const topic of this.#topics) topics.add(topic)
      if (this.#topics.some(topic => !this.#cluster.image.topics.has(topic))) this.#askForTopics()
    } else if ('pattern' in subscription) {
      const { source, flags } = subscription.pattern
      this.#pattern = new RegExp(source, flags.replace(/[gy]/g, ''))
      topics.addAll()
      this.#topics = this.#matching(this.#cluster.image)
      this.#stopListening = this.#cluster.onImage(image => this.#look(image))
      this.#askForTopics()
    }
  }

  /** No subscription. */
  clear(): void {
    this.#stopListening?.()
    this.#stopListening = undefined
    const { topics } = this.#cluster
    if (this.#subscription !== undefined && 'topics' in this.#subscription) {
      for (const topic of this.#topics) topics.remove(topic)
    } else if (this.#subscription !== undefined && 'pattern' in this.#subscription) topics.removeAll()
    this.#subscription = undefined
    this.#pattern = undefined
    this.#topics = []
  }

  // A failure is the cluster's to try again.
  #askForTopics(): void {
    this.#cluster
      .refresh()
      .catch(error =>
        this.#cluster.world.logger.debug({ err: error }, 'the topics of the subscription are not known yet'),
      )
  }

  #look(image: ClusterImage): void {
    const topics = this.#matching(image)
    if (topics.join('\n') === this.#topics.join('\n')) return
    this.#topics = topics
    this.#onChange()
  }

  #matching(image: ClusterImage): string[] {
    const isWanted = ({ name, isInternal }: { readonly name: string; readonly isInternal: boolean }) =>
      this.#pattern?.test(name) === true && !(isInternal && this.#options.excludeInternalTopics)
    return [...image.topics.values()]
      .filter(isWanted)
      .map(({ name }) => name)
      .sort()
  }
}
