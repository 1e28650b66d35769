// Quotas of users, clients and addresses. Sources: DescribeClientQuotas, AlterClientQuotas (KIP-546); Java's methods stand in
// brackets.

import { alterClientQuotas } from '../../protocol/messages/alter-client-quotas.ts'
import { describeClientQuotas } from '../../protocol/messages/describe-client-quotas.ts'
import { check, failure, keyed, only } from './answers.ts'
import type { CallOptions, ValidateOption } from './call-options.ts'
import type { AdminCalls } from './calls.ts'
import type { Outcomes } from './outcomes.ts'
import { controllerRoute } from './routing/controller-route.ts'

/** Names by kind ('user', 'client-id', 'ip'); null stands for the default of that kind. */
export type QuotaEntity = Readonly<Record<string, string | null>>

export interface ClientQuotas {
  readonly entity: QuotaEntity
  /** By name: 'producer_byte_rate', 'consumer_byte_rate', 'request_percentage', … */
  readonly quotas: Readonly<Record<string, number>>
}

export interface QuotaChange {
  readonly entity: QuotaEntity
  /** Null removes a quota. */
  readonly quotas: Readonly<Record<string, number | null>>
}

export interface QuotaFilter {
  /** By kind: this name, null for the default, or 'any' name in an object of its own. */
  readonly entity?: Readonly<Record<string, string | null | { readonly any: true }>>
  /** Only entities that have these kinds and no other. */
  readonly strict?: boolean
}

const exactly = 0
const byDefault = 1
const any = 2

export class ClientQuotaAdmin {
  readonly #calls: AdminCalls

  constructor(calls: AdminCalls) {
    this.#calls = calls
  }

  /** All that match. [describeClientQuotas] */
  describe(filter: QuotaFilter = {}, options: CallOptions = {}): Promise<ClientQuotas[]> {
    const { entity = {}, strict = false } = filter
    const components = Object.entries(entity).map(([entityType, wanted]) => {
      if (typeof wanted === 'string') return { entityType, matchType: exactly, match: wanted }
      return { entityType, matchType: wanted === null ? byDefault : any, match: null }
    })
    return this.#calls.one(
      'describe client quotas',
      async (broker, attempt) => {
        const answer = await broker.request(describeClientQuotas, { components, strict }, attempt)
        check(answer.errorCode, {}, answer.errorMessage)
        return (answer.entries ?? []).map(({ entity: parts, values }) => ({
          entity: Object.fromEntries(parts.map(({ entityType, entityName }) => [entityType, entityName])),
          quotas: Object.fromEntries(values.map(({ key, value }) => [key, value])),
        }))
      },
      options,
    )
  }

  /** Changes what is named and leaves the rest as it is. [alterClientQuotas] */
  async alter(change: QuotaChange, options: CallOptions & ValidateOption = {}): Promise<void> {
    only(await this.alterAll([change], options))
  }

  /** The outcome of each, by "client-id=app,user=alice". [alterClientQuotas] */
  alterAll(
    changes: Iterable<QuotaChange>,
    options: CallOptions & ValidateOption = {},
  ): Promise<Outcomes<string, void>> {
    const { validateOnly = false } = options
    return this.#calls.run(
      {
        what: 'alter client quotas',
        items: keyed(changes, ({ entity }) => entityKey(Object.entries(entity))),
        route: controllerRoute(this.#calls.cluster),
        ask: async (broker, some, attempt) => {
          const body = { entries: [...some.values()].map(onWire), validateOnly }
          const { entries } = await broker.request(alterClientQuotas, body, attempt)
          return new Map(
            entries.map(({ entity, errorCode, errorMessage }) => {
              const parts = entity.map(({ entityType, entityName }) => [entityType, entityName] as const)
              return [entityKey(parts), failure(errorCode, {}, errorMessage)]
            }),
          )
        },
      },
      options,
    )
  }
}

/** In the order of the kinds; a default has no name. */
function entityKey(parts: readonly (readonly [kind: string, name: string | null])[]): string {
  const sorted = [...parts].sort(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([kind, name]) => (name === null ? `${kind} default` : `${kind}=${name}`)).join(',')
}

function onWire({ entity, quotas }: QuotaChange) {
  return {
    entity: Object.entries(entity).map(([entityType, entityName]) => ({ entityType, entityName })),
    ops: Object.entries(quotas).map(([key, value]) => ({ key, value: value ?? 0, remove: value === null })),
  }
}
