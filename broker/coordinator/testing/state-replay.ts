// Takes our coordinators the way that Kafka's were taken in a capture of states (state-capture.ts), and says what is different:
// answers, states shown, and the steps that the log has.
//
// Left out: times, member ids and words, which are each broker's own; while its markers are written a transaction may be seen as
// prepared or as complete.

import { decode, encode } from '../../../protocol/wire/schema.ts'
import type { Handler, RequestContext } from '../../server/handler.ts'
import addPartitionsToTxn from '../../server/handlers/add-partitions-to-txn.ts'
import describeTransactions from '../../server/handlers/describe-transactions.ts'
import endTxn from '../../server/handlers/end-txn.ts'
import initProducerId from '../../server/handlers/init-producer-id.ts'
import { groupHandlers } from './group-handlers.ts'
import { type Captured, type CapturedAction, type StateCapture, transactionSteps } from './state-capture.ts'
import { TestCoordinator } from './test-coordinator.ts'
import { TestTransactions } from './test-transactions.ts'

type Names = Record<string, unknown>

/** Lets everything happen that needs no time to be noticed. */
const stepMs = 10
/** Between two steps of the capture it was given that long to show. */
const parkedMs = 300
/** Only sets the group's interval between assignments. */
const configApi = 'IncrementalAlterConfigs'
const heldBackGroup = 'i'

const transactionHandlers: ReadonlyMap<string, Handler> = new Map(
  [initProducerId, addPartitionsToTxn, endTxn, describeTransactions].map(row => [row.api.name, row]),
)

interface Player {
  readonly handlers: ReadonlyMap<string, Handler>
  readonly context: (version: number, client: string) => RequestContext
  readonly pass: (ms: number) => Promise<void>
  readonly configure: (action: CapturedAction) => void
}

function filled(value: unknown, names: Names, key = ''): unknown {
  if (typeof value === 'string' && value.startsWith('$')) {
    const [name, field] = value.slice(1).split('.')
    return field === undefined ? names[name!] : (names[name!] as Names)[field]
  }
  if (typeof value === 'string' && (key === 'metadata' || key === 'assignment')) return Buffer.from(value, 'base64')
  if (Array.isArray(value)) return value.map(item => filled(item, names, key))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, filled(item, names, name)]))
}

/** Our answers, in the order of Kafka's. */
async function play({ actions }: Captured, player: Player, names: Names): Promise<unknown[]> {
  const answers: unknown[] = []
  for (const action of actions) {
    const { api, client, version, request, remember, keep, parked, waitMs } = action
    if (waitMs !== undefined) await player.pass(waitMs)
    if (api === undefined) continue
    const place = answers.push(undefined) - 1
    if (api === configApi) {
      player.configure(action)
      continue
    }
    const { handle, api: schema } = player.handlers.get(api)!
    const asked = decode(schema.request, version, encode(schema.request, version, filled(request, names) as object))
    const context = player.context(version, client.replace('$', ''))
    void Promise.resolve(handle(context, asked as never)).then(answer => {
      const told = decode(schema.response, version, encode(schema.response, version, answer!)) as Names
      answers[place] = told
      if (remember !== undefined) names[remember] = told.memberId
      const { producerId, producerEpoch } = told
      if (keep !== undefined && told.errorCode === 0) names[keep] = { producerId: Number(producerId), producerEpoch }
    })
    await player.pass(parked ? parkedMs : stepMs)
  }
  return answers
}

const ownWords = new Set([
  'errorMessage',
  'transactionStartTimeMs',
  'clientHost',
  'throttleTimeMs',
  'authorizedOperations',
])
const unordered = new Set(['members', 'topicPartitions', 'topics', 'partitions'])

/** JSON with what may differ made equal. */
function comparable(answer: unknown, names: Names): string {
  let text = JSON.stringify(answer, (key, value) => {
    if (ownWords.has(key)) return undefined
    if (typeof value === 'bigint') return Number(value)
    return isPreparedAnswer(value) ? { ...value, transactionState: completeOf(value), topics: [] } : value
  })
  for (const [name, id] of Object.entries(names)) if (typeof id === 'string') text = text.replaceAll(id, name)
  // Kafka takes them from hash maps.
  const inOrder = (key: string, value: unknown) =>
    Array.isArray(value) && unordered.has(key) ? [...value].sort(byText) : value
  return JSON.stringify(JSON.parse(text, inOrder))
}

interface DescribedState {
  readonly transactionState: string
}

const isPreparedAnswer = (value: unknown): value is DescribedState =>
  String((value as Partial<DescribedState> | null)?.transactionState).startsWith('Prepare')
const completeOf = ({ transactionState }: DescribedState) => transactionState.replace('Prepare', 'Complete')

const byText = (one: unknown, other: unknown) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)

/** A line for each answer that differs. `members`: Kafka's member ids by the names in the requests. */
function differences(captured: Captured, ours: readonly unknown[], kafkas: Names, names: Names): string[] {
  const sent = captured.actions.filter(({ api }) => api !== undefined)
  return captured.answers.flatMap((answer, index) => {
    const { api, client } = sent[index]!
    if (api === configApi) return []
    const [theirs, mine] = [comparable(answer, kafkas), comparable(ours[index], names)]
    return theirs === mine ? [] : [`${index} ${client} ${api}: Kafka ${theirs}, we ${mine}`]
  })
}

/** What Kafka's answers gave the names. */
function namesOf({ actions, answers }: Captured, names: Record<string, string>): Names {
  const sent = actions.filter(({ api }) => api !== undefined)
  const given = sent.flatMap(({ remember }, index) => (remember ? [[remember, answers[index]!.memberId] as const] : []))
  return { ...names, ...Object.fromEntries(given) }
}

/** What differs from Kafka in the part of the capture about classic groups, or about consumer groups. */
export async function replayGroups(capture: StateCapture, part: 'classic' | 'consumer'): Promise<string[]> {
  const { topicId, otherTopicId } = capture.names
  const topics = [
    { name: 't', id: topicId!, partitionCount: 4 },
    { name: 'u', id: otherTopicId!, partitionCount: 1 },
  ]
  const settings = [
    ['group.initial.rebalance.delay.ms', '3000'],
    ['group.consumer.assignment.interval.ms', '0'],
  ] as const
  const broker = await new TestCoordinator({ topics, settings }).start()
  const player: Player = {
    handlers: groupHandlers,
    context: (version, client) => broker.context(version, client),
    pass: ms => broker.clock.run(ms),
    configure: ({ request }) => {
      const [resource] = (request as { resources: { configs: { name: string; value: string }[] }[] }).resources
      const set = new Map(resource!.configs.map(({ name, value }) => [name, value]))
      broker.groupOverrides.set(heldBackGroup, set)
    },
  }
  const captured = capture[part]
  const names: Names = { ...capture.names }
  const ours = await play(captured, player, names)
  await broker.groups.close()
  return differences(captured, ours, namesOf(captured, capture.names), names)
}

/** The same of the part about transactions, with the steps of the log. */
export async function replayTransactions(capture: StateCapture): Promise<string[]> {
  const settings = [
    ['transaction.abort.timed.out.transaction.cleanup.interval.ms', '500'],
    ['transaction.remove.expired.transaction.cleanup.interval.ms', '500'],
    ['transactional.id.expiration.ms', '60000'],
  ] as const
  // The capture began with one transactional id that took the first producer id.
  const broker = await new TestTransactions({ settings, firstProducerId: 1 }).start()
  const metadata = { image: { topicByName: () => ({ partitions: [0, 1, 2, 3].map(index => ({ index })) }) } }
  const services = { transactions: broker.coordinator, metadata, markers: undefined }
  const player: Player = {
    handlers: transactionHandlers,
    context: (apiVersion, clientId) => ({ services, apiVersion, clientId }) as unknown as RequestContext,
    pass: ms => broker.clock.run(ms),
    configure: () => {},
  }
  const ours = await play(capture.transactions, player, {})
  broker.coordinator.close()
  const steps = transactionSteps(Buffer.concat(broker.partitions[0]!.memory.batches))
  const kafkas = transactionSteps(Buffer.from(capture.logs.transactions, 'base64'))
  const wrong = [...kafkas].flatMap(([id, theirs]) => {
    const mine = steps.get(id) ?? []
    return id === 'first' || `${theirs}` === `${mine}` ? [] : [`${id} in the log: Kafka ${theirs}, we ${mine}`]
  })
  return [...differences(capture.transactions, ours, {}, {}), ...wrong]
}
