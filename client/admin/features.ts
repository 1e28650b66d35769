// Feature levels: what brokers support, and what the cluster has agreed on. Sources: ApiVersions, UpdateFeatures (KIP-584,
// KIP-1022); Java's methods stand in brackets.

import { apiVersions } from '../../protocol/messages/api-versions.ts'
import { updateFeatures } from '../../protocol/messages/update-features.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import { ClientError } from '../client-error.ts'
import { clientSoftware } from '../client-version.ts'
import { check, failure, keyed, only, same } from './answers.ts'
import { brokerTimeoutMs, type CallOptions, type ValidateOption } from './call-options.ts'
import type { AdminCalls } from './calls.ts'
import type { Outcomes } from './outcomes.ts'
import { controllerRoute } from './routing/controller-route.ts'
import { nodeRoute } from './routing/node-route.ts'

export interface FeatureRange {
  readonly min: number
  readonly max: number
}

export interface FeatureDescription {
  /** By name, what the cluster runs with. */
  readonly finalized: ReadonlyMap<string, FeatureRange>
  /** Rises with every change; undefined when the broker does not say. */
  readonly finalizedEpoch: Int64 | undefined
  /** By name, what the broker that answered could do. */
  readonly supported: ReadonlyMap<string, FeatureRange>
}

export interface FeatureUpdate {
  readonly feature: string
  /** 0 switches the feature off. */
  readonly level: number
  /** UNSAFE_DOWNGRADE may lose what only the higher level can store. UPGRADE when left out. */
  readonly type?: 'UPGRADE' | 'SAFE_DOWNGRADE' | 'UNSAFE_DOWNGRADE'
}

const typeCodes = { UPGRADE: 1, SAFE_DOWNGRADE: 2, UNSAFE_DOWNGRADE: 3 } as const
/** Version 0 knows "a downgrade is allowed" and nothing of trying. */
const typesSince = 1

export class FeatureAdmin {
  readonly #calls: AdminCalls

  constructor(calls: AdminCalls) {
    this.#calls = calls
  }

  /** As any broker tells it, or the one that is given. [describeFeatures] */
  describe(options: CallOptions & { readonly brokerId?: number } = {}): Promise<FeatureDescription> {
    const { cluster } = this.#calls
    const { brokerId } = options
    const route = brokerId === undefined ? undefined : nodeRoute<undefined>(cluster, () => brokerId)
    return this.#calls.one(
      'describe features',
      async (broker, attempt) => {
        const answer = await broker.request(apiVersions, clientSoftware, attempt)
        check(answer.errorCode)
        const epoch = answer.finalizedFeaturesEpoch
        return {
          finalized: new Map(
            answer.finalizedFeatures.map(({ name, minVersionLevel: min, maxVersionLevel: max }) => [
              name,
              { min, max },
            ]),
          ),
          finalizedEpoch: epoch >= 0 ? epoch : undefined,
          supported: new Map(
            answer.supportedFeatures.map(({ name, minVersion: min, maxVersion: max }) => [name, { min, max }]),
          ),
        }
      },
      options,
      route,
    )
  }

  /** Sets the level of one feature. [updateFeatures] */
  async update(update: FeatureUpdate, options: CallOptions & ValidateOption = {}): Promise<void> {
    only(await this.updateAll([update], options))
  }

  /** The outcome of each, by name: since Kafka 4.0 all are changed, or none. [updateFeatures] */
  updateAll(
    updates: Iterable<FeatureUpdate>,
    options: CallOptions & ValidateOption = {},
  ): Promise<Outcomes<string, void>> {
    const { validateOnly = false } = options
    return this.#calls.run(
      {
        what: 'update features',
        items: keyed(updates, ({ feature }) => feature),
        route: controllerRoute(this.#calls.cluster),
        ask: async (broker, some, attempt) => {
          const featureUpdates = [...some.values()].map(onWire)
          const body = { timeoutMs: brokerTimeoutMs(attempt), featureUpdates, validateOnly }
          const versions = [typesSince, updateFeatures.versions[1]] as const
          const answer = await broker.request(updateFeatures, body, { ...attempt, versions })
          const all = failure(answer.errorCode, {}, answer.errorMessage)
          if (all !== undefined || answer.results.length === 0) return same(some.keys(), all)
          return new Map(
            answer.results.map(({ feature, errorCode, errorMessage }) => [
              feature,
              failure(errorCode, {}, errorMessage),
            ]),
          )
        },
      },
      options,
    )
  }
}

function onWire({ feature, level, type = 'UPGRADE' }: FeatureUpdate) {
  const upgradeType = typeCodes[type]
  if (upgradeType !== undefined) return { feature, maxVersionLevel: level, upgradeType }
  const help = `it is one of ${Object.keys(typeCodes).join(', ')}`
  throw new ClientError('INVALID_ARGUMENT', `the type ${type} does not exist`, { help })
}
