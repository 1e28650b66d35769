// Any request of the protocol, by its name, to a broker of one's choice: for what has no method of its own. One attempt, and
// the answer as it came: error codes in it are the caller's to read.

import { apiTable } from '../../protocol/messages/index.ts'
import type { DecodedFields, Fields, InputFields } from '../../protocol/wire/field.ts'
import type { Api } from '../../protocol/wire/schema.ts'
import { ClientError } from '../client-error.ts'
import type { Broker } from '../cluster/broker.ts'
import type { CallOptions } from './call-options.ts'
import type { AdminCalls } from './calls.ts'
import { controllerRoute } from './routing/controller-route.ts'
import { coordinatorRoute } from './routing/coordinator-route.ts'
import { nodeRoute } from './routing/node-route.ts'
import type { Route } from './routing/route.ts'

/** Kafka's names of its APIs: 'ListGroups', 'DescribeQuorum', … */
export type ApiName = Capitalize<keyof typeof apiTable>

type ApiNamed<Name extends ApiName> = (typeof apiTable)[Uncapitalize<Name> & keyof typeof apiTable]
type RequestFields<A> = A extends Api<infer Request, Fields> ? Request : never
type ResponseFields<A> = A extends Api<Fields, infer Response> ? Response : never

/** The body of a request; fields that are left out have their defaults. */
export type RawRequest<Name extends ApiName> = InputFields<RequestFields<ApiNamed<Name>>>
/** The body of a response. */
export type RawResponse<Name extends ApiName> = DecodedFields<ResponseFields<ApiNamed<Name>>>

/** Whom to ask: a broker by its id, a coordinator, or the controller (or a broker that passes it on), also when nothing is said. */
export interface RawTarget {
  readonly broker?: number
  readonly controller?: true
  readonly coordinator?: { readonly group: string } | { readonly transactionalId: string }
}

/** The highest version that both sides have. */
export type RawVersion = number | 'latest'

export async function rawRequest<Name extends ApiName>(
  calls: AdminCalls,
  name: Name,
  version: RawVersion,
  body: RawRequest<Name>,
  options: CallOptions & RawTarget,
): Promise<RawResponse<Name>> {
  const api = apiNamed(name)
  if (name === 'Produce' && (body as { acks?: number }).acks === 0) {
    throw new ClientError('INVALID_ARGUMENT', 'Produce with acks=0 has no answer', { help: 'use acks=1 or acks=-1' })
  }
  const broker = await calls.one(
    `find the broker for ${name}`,
    (found: Broker) => Promise.resolve(found),
    options,
    routeTo(calls, options),
    keyOf(options),
  )
  const { timeoutMs = calls.cluster.settings.requestTimeoutMs, signal } = options
  const versions = version === 'latest' ? {} : { versions: [version, version] as const }
  const answer = await broker.request(api, body as never, { timeoutMs, signal, ...versions })
  return answer as RawResponse<Name>
}

function apiNamed(name: string): Api {
  const key = name.charAt(0).toLowerCase() + name.slice(1)
  const api = (apiTable as Readonly<Record<string, unknown>>)[key]
  if (api !== undefined) return api as Api
  const help = "give it as Kafka's protocol guide writes it, such as 'ListGroups'"
  throw new ClientError('INVALID_ARGUMENT', `there is no API ${name}`, { help })
}

function routeTo(calls: AdminCalls, target: RawTarget): Route<undefined> {
  const { broker, coordinator } = target
  if (broker !== undefined) return nodeRoute(calls.cluster, () => broker)
  if (coordinator === undefined) return controllerRoute(calls.cluster)
  return coordinatorRoute(calls.cluster, 'group' in coordinator ? 'group' : 'transaction')
}

function keyOf({ coordinator }: RawTarget): string {
  if (coordinator === undefined) return ''
  return 'group' in coordinator ? coordinator.group : coordinator.transactionalId
}
