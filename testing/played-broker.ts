// A broker in the simulated world that answers what a test tells it to: for what a real one does not do when one wants it to,
// errors at a given request, other versions, other histories. It knows ApiVersions and Metadata; the rest is the script's.

import type { Connection } from '../io/net.ts'
import type { SimWorld } from '../io/sim/world.ts'
import { FrameCutter } from '../protocol/frame-cutter.ts'
import { readRequestFrame, writeResponseFrame } from '../protocol/framing.ts'
import { apiVersions } from '../protocol/messages/api-versions.ts'
import { apiByKey } from '../protocol/messages/index.ts'
import { metadata } from '../protocol/messages/metadata.ts'
import type { Fields } from '../protocol/wire/field.ts'
import type { Api, Message, MessageInput, VersionRange } from '../protocol/wire/schema.ts'

/** Undefined: no answer. */
type Answer = object | undefined
type Handler = (request: never, apiVersion: number, nodeId: number) => Answer | Promise<Answer>

export interface ScriptedOptions {
  /** Nodes 1 to n on hosts node-1 to node-n; 1 when left out. */
  readonly nodes?: number
  /** Versions that are offered, by API key, in place of all. */
  readonly versions?: ReadonlyMap<number, VersionRange>
  readonly racks?: readonly string[]
}

export interface ScriptedTopic {
  readonly name: string
  readonly topicId: string
  /** Of each partition the leader and its epoch, and who is in sync; to be changed while the test runs. */
  leaders: { leaderId: number; leaderEpoch: number; isrNodes?: number[] }[]
}

export class ScriptedBroker {
  readonly world: SimWorld
  readonly topics: ScriptedTopic[] = []
  /** What was asked, in order: "2 Fetch v17". */
  readonly log: string[] = []
  readonly #options: ScriptedOptions
  readonly #handlers = new Map<number, Handler>()

  constructor(world: SimWorld, options: ScriptedOptions = {}) {
    this.world = world
    this.#options = options
  }

  get bootstrap(): string {
    return 'node-1:9092'
  }

  async start(): Promise<void> {
    this.on(apiVersions, () => ({ apiKeys: this.#offered() }))
    this.on(metadata, request => this.#metadata(request))
    for (let nodeId = 1; nodeId <= (this.#options.nodes ?? 1); nodeId += 1) {
      const { net } = this.world.host(`node-${nodeId}`).start()
      await this.world.complete(net.listen({ host: '', port: 9092 }, connection => this.#serve(nodeId, connection)))
    }
  }

  /** How an API is answered from now on. */
  on<Request extends Fields, Response extends Fields>(
    api: Api<Request, Response>,
    handler: (
      request: Message<Api<Request, Response>['request']>,
      apiVersion: number,
      nodeId: number,
    ) => MessageInput<Api<Request, Response>['response']> | undefined | Promise<MessageInput<Api<Request, Response>['response']> | undefined>, // biome-ignore format: a type
  ): void {
    this.#handlers.set(api.key, handler as Handler)
  }

  #serve(nodeId: number, connection: Connection): void {
    const cutter = new FrameCutter(1 << 30)
    let before: Promise<unknown> = Promise.resolve()
    connection.listen({
      data: chunk => {
        cutter.push(chunk)
        for (let frame = cutter.next(); frame !== undefined; frame = cutter.next()) {
          const bytes = frame
          // One after the other, as a broker answers.
          before = before.then(() => this.#answer(nodeId, connection, bytes))
        }
      },
      drain() {},
      end: () => connection.end(),
      close() {},
    })
  }

  async #answer(nodeId: number, connection: Connection, frame: Buffer): Promise<void> {
    const { api, apiVersion, correlationId, reader } = readRequestFrame(frame)
    this.log.push(`${nodeId} ${api.name} v${apiVersion}`)
    const handler = this.#handlers.get(api.key)
    if (handler === undefined) throw new Error(`the script does not know ${api.name}`)
    const answer = await handler(api.request.read(apiVersion, reader) as never, apiVersion, nodeId)
    if (answer !== undefined)
      connection.send(writeResponseFrame(api, apiVersion, correlationId, answer) as Uint8Array[])
  }

  #offered() {
    return [...apiByKey.values()].map(({ key, versions }) => {
      const [minVersion, maxVersion] = this.#options.versions?.get(key) ?? versions
      return { apiKey: key, minVersion, maxVersion }
    })
  }

  #metadata(request: Message<typeof metadata.request>): MessageInput<typeof metadata.response> {
    const { nodes = 1, racks = [] } = this.#options
    const brokers = Array.from({ length: nodes }, (_, index) => {
      return { nodeId: index + 1, host: `node-${index + 1}`, port: 9092, rack: racks[index] ?? null }
    })
    const isAsked = ({ name }: ScriptedTopic) =>
      request.topics === null || request.topics.some(asked => asked.name === name)
    const topics = this.topics.filter(isAsked).map(({ name, topicId, leaders }) => ({
      name,
      topicId,
      partitions: leaders.map((leader, partitionIndex) => ({ partitionIndex, ...leader })),
    }))
    return { brokers, clusterId: 'scripted', controllerId: 1, topics }
  }
}
