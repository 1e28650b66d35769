// What has to be asked of each broker, since no broker knows it of the others.

import type { Broker } from '../cluster/broker.ts'
import { retrying } from '../resilience/retrying.ts'
import { orAborted } from '../resilience/wait.ts'
import type { Attempt, CallOptions } from './call-options.ts'
import type { AdminCalls } from './calls.ts'
import { Outcomes } from './outcomes.ts'
import { nodeRoute } from './routing/node-route.ts'
import { within } from './within.ts'

/**
 * What each broker answers, by its id: those that are given, or all that are in the cluster now. Rejects when nobody says
 * which brokers there are.
 */
export async function everyBroker<Value>(
  calls: AdminCalls,
  what: string,
  ask: (broker: Broker, attempt: Attempt) => Promise<Value>,
  options: CallOptions & { readonly brokers?: readonly number[] | undefined } = {},
): Promise<Outcomes<number, Value>> {
  const nodeIds = options.brokers ?? (await brokersNow(calls, what, options))
  const outcomes = await calls.run(
    {
      what,
      items: new Map(nodeIds.map(nodeId => [String(nodeId), nodeId])),
      route: nodeRoute<number>(calls.cluster, nodeId => nodeId),
      ask: async (broker, some, attempt) => {
        const [key] = some.keys()
        return new Map([[key!, await ask(broker, attempt)]])
      },
    },
    options,
  )
  return new Outcomes([...outcomes].map(([key, outcome]) => [Number(key), outcome]))
}

/** All of their answers in one list. Throws the first error when there is one: a part must not be taken for the whole. */
export function joined<Value>(outcomes: Outcomes<number, Value[]>): Value[] {
  return [...outcomes.orThrow().values()].flat()
}

async function brokersNow(calls: AdminCalls, what: string, options: CallOptions): Promise<number[]> {
  const { cluster } = calls
  const { timeoutMs = calls.apiTimeoutMs, signal } = options
  const image = await retrying(cluster.retrying, { what, timeoutMs, signal }, leftMs =>
    within(cluster.world.clock, Math.max(1, leftMs), orAborted(cluster.refresh(), signal)),
  )
  return [...image.brokers.keys()]
}
