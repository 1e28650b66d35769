// Config overrides of topics, brokers, groups and client metrics, changed by their records alone. Whether a setting is known or
// valid is not asked here: what was written is kept. Overrides of resource types we do not know are kept as well.
// Source: org.apache.kafka.image.ConfigurationsDelta, Kafka 4.3.0.

import type { ConfigResourceType } from '../metadata-image.ts'
import type { RecordValue } from '../metadata-record.ts'
import type { DeltaRecorder } from './delta-recorder.ts'

/** Kafka's ConfigResource.Type. */
export const configResourceTypes = {
  topic: 2,
  broker: 4,
  'client-metrics': 16,
  group: 32,
} as const satisfies Record<ConfigResourceType, number>

/** BROKER_LOGGER: in requests only, never in records. */
export const brokerLoggerResourceType = 8

const typesById = new Map(
  Object.entries(configResourceTypes).map(([type, id]) => [id as number, type as ConfigResourceType]),
)

/** The resource type of a number in a request; undefined when there is none that has overrides. */
export function configResourceType(id: number): ConfigResourceType | undefined {
  return typesById.get(id)
}

type Overrides = ReadonlyMap<string, string>
const none: Overrides = new Map()

export class ConfigsState {
  /** By numeric resource type, then by name. */
  readonly #resources: Map<number, Map<string, Overrides>>
  readonly #delta: DeltaRecorder | undefined

  constructor(delta?: DeltaRecorder, from?: ConfigsState) {
    this.#delta = delta
    this.#resources = new Map([...(from ? from.#resources : [])].map(([type, names]) => [type, new Map(names)]))
  }

  overrides(type: ConfigResourceType, name: string): Overrides {
    return this.#resources.get(configResourceTypes[type])?.get(name) ?? none
  }

  names(type: ConfigResourceType): Iterable<string> {
    return this.#resources.get(configResourceTypes[type])?.keys() ?? []
  }

  /** Everything, with numeric resource types. */
  *all(): Iterable<{ resourceType: number; name: string; overrides: Overrides }> {
    for (const [resourceType, resources] of this.#resources) {
      for (const [name, overrides] of resources) yield { resourceType, name, overrides }
    }
  }

  /** A null value takes the override away. */
  set({ resourceType, resourceName, name, value }: RecordValue<'config'>): void {
    let resources = this.#resources.get(resourceType)
    if (!resources) this.#resources.set(resourceType, (resources = new Map()))
    const overrides = new Map(resources.get(resourceName))
    if (value === null) overrides.delete(name)
    else overrides.set(name, value)
    if (overrides.size === 0) resources.delete(resourceName)
    else resources.set(resourceName, overrides)
    const type = typesById.get(resourceType)
    if (type) this.#delta?.configChanged(type, resourceName)
  }

  topicDeleted(topic: string): void {
    this.#resources.get(configResourceTypes.topic)?.delete(topic)
  }
}
