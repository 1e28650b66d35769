// Settings of topics, brokers, groups and client metrics. What a broker says of itself only it knows: settings of a BROKER
// with a name, and of a BROKER_LOGGER, are asked of that broker. Sources: DescribeConfigs, IncrementalAlterConfigs (KIP-339),
// ListConfigResources; Java's methods stand in brackets.

import { describeConfigs } from '../../protocol/messages/describe-configs.ts'
import { incrementalAlterConfigs } from '../../protocol/messages/incremental-alter-configs.ts'
import { listConfigResources } from '../../protocol/messages/list-config-resources.ts'
import { ClientError } from '../client-error.ts'
import { check, failure, keyed, only } from './answers.ts'
import type { CallOptions, ValidateOption } from './call-options.ts'
import type { AdminCalls, Call } from './calls.ts'
import {
  type ConfigEntry,
  type ConfigResource,
  type ConfigResourceType,
  configEntryFrom,
  configResourceCodes,
  resourceKey,
  resourceTypeOf,
} from './config-entry.ts'
import { Outcomes } from './outcomes.ts'
import { controllerRoute } from './routing/controller-route.ts'
import { nodeRoute } from './routing/node-route.ts'

export interface DescribeConfigOptions {
  /** All when left out. */
  readonly names?: readonly string[]
  readonly synonyms?: boolean
  readonly documentation?: boolean
}

/** APPEND and SUBTRACT are for lists; DELETE brings back the default. */
export type ConfigOperation = 'SET' | 'DELETE' | 'APPEND' | 'SUBTRACT'

export interface ConfigChange {
  readonly name: string
  readonly operation: ConfigOperation
  readonly value?: string
}

/** Changes one by one, or values by name: null brings back the default. */
export type ConfigChanges = readonly ConfigChange[] | Readonly<Record<string, string | null>>

const operationCodes: Readonly<Record<ConfigOperation, number>> = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 }
/** Version 0 knows client metrics only. */
const kindsSince = 1

interface Alteration {
  readonly resource: ConfigResource
  readonly changes: ConfigChanges
}

export class ConfigAdmin {
  readonly #calls: AdminCalls

  constructor(calls: AdminCalls) {
    this.#calls = calls
  }

  /** The settings by name. [describeConfigs] */
  async describe(
    resource: ConfigResource,
    options: CallOptions & DescribeConfigOptions = {},
  ): Promise<ReadonlyMap<string, ConfigEntry>> {
    return only(await this.describeAll([resource], options))
  }

  /** The outcome of each, by "TOPIC orders". [describeConfigs] */
  describeAll(
    resources: Iterable<ConfigResource>,
    options: CallOptions & DescribeConfigOptions = {},
  ): Promise<Outcomes<string, ReadonlyMap<string, ConfigEntry>>> {
    const { names: configurationKeys = null, synonyms = false, documentation = false } = options
    return this.#each(
      keyed(resources, resourceKey),
      resource => resource,
      {
        what: 'describe settings',
        ask: async (broker, some, attempt) => {
          const asked = [...some.values()].map(resource => ({ ...onWire(resource), configurationKeys }))
          const body = { resources: asked, includeSynonyms: synonyms, includeDocumentation: documentation }
          const { results } = await broker.request(describeConfigs, body, attempt)
          return new Map(results.map(result => [keyOnWire(result), entriesOf(result)]))
        },
      },
      options,
    )
  }

  /** Changes what is named and leaves the rest as it is. [incrementalAlterConfigs] */
  async alter(
    resource: ConfigResource,
    changes: ConfigChanges,
    options: CallOptions & ValidateOption = {},
  ): Promise<void> {
    only(await this.alterAll([{ resource, changes }], options))
  }

  /** The outcome of each, by "TOPIC orders". [incrementalAlterConfigs] */
  alterAll(
    alterations: Iterable<Alteration>,
    options: CallOptions & ValidateOption = {},
  ): Promise<Outcomes<string, void>> {
    const { validateOnly = false } = options
    return this.#each<Alteration, void>(
      keyed(alterations, ({ resource }) => resourceKey(resource)),
      ({ resource }) => resource,
      {
        what: 'alter settings',
        ask: async (broker, some, attempt) => {
          const resources = [...some.values()].map(({ resource, changes }) => {
            return { ...onWire(resource), configs: changesOnWire(changes) }
          })
          const { responses } = await broker.request(incrementalAlterConfigs, { resources, validateOnly }, attempt)
          return new Map(responses.map(result => [keyOnWire(result), failureOf(result)]))
        },
      },
      options,
    )
  }

  /** What has settings of its own: all kinds, or those that are given. [listConfigResources, listClientMetricsResources] */
  async resources(
    types: readonly ConfigResourceType[] = [],
    options: CallOptions = {},
  ): Promise<readonly ConfigResource[]> {
    const isOld = types.length === 1 && types[0] === 'CLIENT_METRICS'
    const [first, last] = listConfigResources.versions
    const versions = [isOld ? first : kindsSince, last] as const
    const resourceTypes = types.map(type => configResourceCodes[type])
    return this.#calls.one(
      'list what has settings',
      async (broker, attempt) => {
        const body = (version: number) => (version < kindsSince ? {} : { resourceTypes })
        const answer = await broker.request(listConfigResources, body, { ...attempt, versions })
        check(answer.errorCode)
        return answer.configResources.flatMap(({ resourceType, resourceName: name }) => {
          const type = resourceTypeOf(resourceType)
          return type === undefined ? [] : [{ type, name }]
        })
      },
      options,
    )
  }

  /** Those of named brokers go to them, all others to the controller; side by side. */
  async #each<Item, Value>(
    items: ReadonlyMap<string, Item>,
    resourceOf: (item: Item) => ConfigResource,
    call: Pick<Call<Item, Value>, 'what' | 'ask'>,
    options: CallOptions,
  ): Promise<Outcomes<string, Value>> {
    const { cluster } = this.#calls
    const isOwn = (item: Item) => isOfOneBroker(resourceOf(item))
    const own = new Map([...items].filter(([, item]) => isOwn(item)))
    const others = new Map([...items].filter(([, item]) => !isOwn(item)))
    const brokerIdOf = (item: Item) => brokerIdIn(resourceOf(item))
    for (const item of own.values()) brokerIdOf(item)
    const [ofBrokers, ofOthers] = await Promise.all([
      this.#calls.run({ ...call, items: own, route: nodeRoute(cluster, brokerIdOf) }, options),
      this.#calls.run({ ...call, items: others, route: controllerRoute<Item>(cluster) }, options),
    ])
    return new Outcomes(
      [...items.keys()].map(key => [key, (ofBrokers.has(key) ? ofBrokers : ofOthers).get(key) as Value]),
    )
  }
}

function isOfOneBroker({ type, name }: ConfigResource): boolean {
  return type === 'BROKER_LOGGER' || (type === 'BROKER' && name !== '')
}

function brokerIdIn({ type, name }: ConfigResource): number {
  if (/^\d+$/.test(name)) return Number(name)
  const help = "give the broker's id, such as '1', or '' for what all brokers have"
  throw new ClientError('INVALID_ARGUMENT', `${type} "${name}" names no broker`, { help })
}

function onWire({ type, name }: ConfigResource) {
  const resourceType = configResourceCodes[type]
  if (resourceType !== undefined) return { resourceType, resourceName: name }
  const help = `it is one of ${Object.keys(configResourceCodes).join(', ')}`
  throw new ClientError('INVALID_ARGUMENT', `there are no settings of ${type}`, { help })
}

function keyOnWire({ resourceType, resourceName: name }: { resourceType: number; resourceName: string }): string {
  return `${resourceTypeOf(resourceType)} ${name}`
}

interface ResultOnWire {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly resourceType: number
  readonly resourceName: string
}

function failureOf({ errorCode, errorMessage, resourceType, resourceName }: ResultOnWire): ClientError | undefined {
  const topic = resourceType === configResourceCodes.TOPIC ? resourceName : undefined
  return failure(errorCode, { topic }, errorMessage)
}

function entriesOf(
  result: ResultOnWire & { readonly configs: readonly Parameters<typeof configEntryFrom>[0][] },
): ReadonlyMap<string, ConfigEntry> | ClientError {
  return failureOf(result) ?? new Map(result.configs.map(config => [config.name, configEntryFrom(config)]))
}

function changesOnWire(changes: ConfigChanges) {
  const all: readonly ConfigChange[] = isList(changes) ? changes : Object.entries(changes).map(changeOf)
  return all.map(({ name, operation, value }) => {
    const configOperation = operationCodes[operation]
    if (configOperation === undefined) {
      const help = `it is one of ${Object.keys(operationCodes).join(', ')}`
      throw new ClientError('INVALID_ARGUMENT', `operation ${operation} does not exist`, { help })
    }
    return { name, configOperation, value: operation === 'DELETE' ? null : (value ?? null) }
  })
}

function changeOf([name, value]: [string, string | null]): ConfigChange {
  return value === null ? { name, operation: 'DELETE' } : { name, operation: 'SET', value }
}

function isList(changes: ConfigChanges): changes is readonly ConfigChange[] {
  return Array.isArray(changes)
}
