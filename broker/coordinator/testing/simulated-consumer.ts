// A consumer of the new protocol as clients are: sends heartbeats, gives partitions up when told to (which takes it a while), reads
// on from what was committed, commits, and begins anew when it is fenced.

import { errorName, errors } from '../../../protocol/errors.ts'
import { consumerGroupHeartbeat } from '../../../protocol/messages/consumer-group-heartbeat.ts'
import { decode, encode } from '../../../protocol/wire/schema.ts'
import { type ReaderOptions, SimulatedReader } from './simulated-reader.ts'

const heartbeatMs = 500
export const consumerRebalanceMs = 10_000

export interface ConsumerOptions extends ReaderOptions {
  /** Instead of topics. */
  readonly regex: string | null
}

export class SimulatedConsumer extends SimulatedReader {
  readonly #regex: string | null
  #joins = 0
  #target: ReadonlySet<string> = new Set()
  #hasNews = false
  /** An answer did not come or was an error: it says all again, and is then told all, as Kafka's client does. */
  #isUnsure = false

  constructor(options: ConsumerOptions) {
    super(options)
    this.memberId = `${options.name}-0`
    this.#regex = options.regex
    void this.#run()
  }

  override isSubscribedTo(topic: string): boolean {
    return this.#regex === null ? super.isSubscribedTo(topic) : new RegExp(`^(${this.#regex})$`).test(topic)
  }

  /** Gives everything up and goes, for good or for now. */
  async leave(memberEpoch: -1 | -2): Promise<void> {
    this.isRunning = false
    this.owned.clear()
    await this.#send({ memberEpoch })
  }

  async #run(): Promise<void> {
    while (this.isRunning) {
      await this.#beat()
      if (!this.isRunning) return
      await this.#settle()
      if (this.options.random.chance(0.5)) await this.commit()
      await this.pause(heartbeatMs)
    }
  }

  async #beat(): Promise<void> {
    const isJoining = this.epoch === 0
    const isFull = isJoining || this.#isUnsure || this.options.random.chance(0.1)
    const answer = await this.#send({
      memberEpoch: this.epoch,
      ...(isFull ? this.#wishes : {}),
      topicPartitions: isFull || this.#hasNews ? byTopic(this.owned.keys()) : null,
    })
    if (!this.isRunning) return
    if (answer.errorCode !== errors.NONE.code) return this.#mind(errorName(answer.errorCode ?? 0)!)
    // An answer may be lost on its way: then the member does not know what it has been told.
    this.#isUnsure = this.options.random.chance(0.03)
    if (this.#isUnsure) return
    this.epoch = answer.memberEpoch!
    this.#hasNews = false
    const topics = answer.assignment?.topicPartitions
    if (topics) {
      this.#target = new Set(
        topics.flatMap(({ topicId, partitions }) => partitions!.map(index => `${topicId} ${index}`)),
      )
    }
  }

  get #wishes() {
    const [topics, regex] = [this.options.topics, this.#regex]
    return {
      rebalanceTimeoutMs: consumerRebalanceMs,
      // Both, as clients do: a static member may have wanted something else before.
      subscribedTopicNames: regex === null ? [...topics] : [],
      subscribedTopicRegex: regex ?? '',
    }
  }

  /** First gives up what is not in the target, which takes a while; then takes up what is. */
  async #settle(): Promise<void> {
    const surplus = [...this.owned.keys()].filter(place => !this.#target.has(place))
    if (surplus.length > 0) {
      await this.commit()
      await this.pause(this.isSlow ? 2 * consumerRebalanceMs : this.options.random.int(1500))
      for (const place of surplus) this.owned.delete(place)
      this.#hasNews = true
    }
    const epoch = this.epoch
    for (const place of this.#target) {
      if (this.owned.has(place)) continue
      const position = await this.position(place)
      if (!this.isRunning || this.epoch !== epoch) return
      if (position === undefined) continue
      this.owned.set(place, position)
      this.#hasNews = true
    }
  }

  /** Fenced: it gives everything up and joins again. Otherwise it asks again. */
  async #mind(error: string): Promise<void> {
    this.told.push(error)
    this.#isUnsure = true
    // GROUP_ID_NOT_FOUND: the group went on as a classic one without it. Clients give up then, and are started again.
    if (['FENCED_MEMBER_EPOCH', 'UNKNOWN_MEMBER_ID', 'GROUP_ID_NOT_FOUND'].includes(error)) {
      this.owned.clear()
      this.#target = new Set()
      this.epoch = 0
      if (error === 'UNKNOWN_MEMBER_ID' && this.instance === null) this.memberId = `${this.name}-${++this.#joins}`
    }
    if (error === 'FENCED_INSTANCE_ID' || error === 'UNRELEASED_INSTANCE_ID') this.crash()
    await this.pause(100)
  }

  async #send(more: object) {
    const request = { groupId: this.groupId, memberId: this.memberId, instanceId: this.instance, ...more }
    const asked = decode(consumerGroupHeartbeat.request, 1, encode(consumerGroupHeartbeat.request, 1, request as never))
    return this.options.groups().consumerGroupHeartbeat(this.context(1), asked)
  }
}

function byTopic(places: Iterable<string>) {
  const topics = new Map<string, number[]>()
  for (const place of places) {
    const [topicId, index] = place.split(' ')
    topics.set(topicId!, [...(topics.get(topicId!) ?? []), Number(index)])
  }
  return [...topics].map(([topicId, partitions]) => ({ topicId, partitions }))
}
