// Brokers of a test's making that lead partitions, in simulated time: nodes 1 to n on the hosts node-1 to node-n, which all say the
// same of their topics. The test says who leads what, changes it while it runs, and writes the answers of each API once for all nodes.

import type { SimWorld } from '../io/sim/world.ts'
import { apiByKey } from '../protocol/messages/index.ts'
import { metadata } from '../protocol/messages/metadata.ts'
import type { DecodedFields, Fields, InputFields } from '../protocol/wire/field.ts'
import type { Api, Message, MessageInput, VersionRange } from '../protocol/wire/schema.ts'
import { noAnswer, ScriptedBroker } from './scripted-broker.ts'

export interface ScriptedLeadersOptions {
  /** How many brokers; 1 when left out. */
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

type Answer<Response extends Fields> = InputFields<Response> | undefined

export class ScriptedLeaders {
  readonly world: SimWorld
  readonly topics: ScriptedTopic[] = []
  /** What was asked but ApiVersions, in order: "2 Fetch v17". */
  readonly log: string[] = []
  readonly nodes: readonly ScriptedBroker[]
  readonly #racks: readonly string[]

  constructor(world: SimWorld, { nodes = 1, versions, racks = [] }: ScriptedLeadersOptions = {}) {
    this.world = world
    this.#racks = racks
    const offers = new Map([...apiByKey.values()].map(api => [api.key, versions?.get(api.key) ?? api.versions]))
    this.nodes = Array.from({ length: nodes }, (_, index) => new ScriptedBroker(world, `node-${index + 1}`, { offers }))
  }

  get bootstrap(): string {
    return this.nodes[0]!.address
  }

  async start(): Promise<void> {
    this.on(metadata, request => this.#metadata(request))
    for (const node of this.nodes) await node.start()
  }

  /** How an API is answered from now on, whichever node is asked. Undefined: not at all. */
  on<Request extends Fields, Response extends Fields>(
    api: Api<Request, Response>,
    answer: (
      request: DecodedFields<Request>,
      apiVersion: number,
      nodeId: number,
    ) => Answer<Response> | Promise<Answer<Response>>,
  ): void {
    for (const [index, node] of this.nodes.entries()) {
      const nodeId = index + 1
      node.on(api, ({ body, apiVersion }) => {
        this.log.push(`${nodeId} ${api.name} v${apiVersion}`)
        const said = answer(body, apiVersion, nodeId)
        return said instanceof Promise ? said.then(later => later ?? noAnswer) : (said ?? noAnswer)
      })
    }
  }

  #metadata(request: Message<typeof metadata.request>): MessageInput<typeof metadata.response> {
    const brokers = this.nodes.map(({ name, port }, index) => {
      return { nodeId: index + 1, host: name, port, rack: this.#racks[index] ?? null }
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
