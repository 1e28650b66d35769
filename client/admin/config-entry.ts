// One setting as a broker shows it. Source: org.apache.kafka.clients.admin.ConfigEntry and ConfigResource, Kafka 4.3.0.

export type ConfigSource =
  | 'UNKNOWN' | 'DYNAMIC_TOPIC_CONFIG' | 'DYNAMIC_BROKER_CONFIG' | 'DYNAMIC_DEFAULT_BROKER_CONFIG' | 'STATIC_BROKER_CONFIG'
  | 'DEFAULT_CONFIG' | 'DYNAMIC_BROKER_LOGGER_CONFIG' | 'DYNAMIC_CLIENT_METRICS_CONFIG' | 'DYNAMIC_GROUP_CONFIG' // biome-ignore format: a table

const sources: readonly ConfigSource[] = [
  'UNKNOWN', 'DYNAMIC_TOPIC_CONFIG', 'DYNAMIC_BROKER_CONFIG', 'DYNAMIC_DEFAULT_BROKER_CONFIG', 'STATIC_BROKER_CONFIG',
  'DEFAULT_CONFIG', 'DYNAMIC_BROKER_LOGGER_CONFIG', 'DYNAMIC_CLIENT_METRICS_CONFIG', 'DYNAMIC_GROUP_CONFIG',
] // biome-ignore format: a table

export type ConfigType =
  | 'UNKNOWN' | 'BOOLEAN' | 'STRING' | 'INT' | 'SHORT' | 'LONG' | 'DOUBLE' | 'LIST' | 'CLASS' | 'PASSWORD' // biome-ignore format: a table

const types: readonly ConfigType[] = [
  'UNKNOWN',
  'BOOLEAN',
  'STRING',
  'INT',
  'SHORT',
  'LONG',
  'DOUBLE',
  'LIST',
  'CLASS',
  'PASSWORD', // biome-ignore format: a table
]

export interface ConfigSynonym {
  readonly name: string
  readonly value: string | null
  readonly source: ConfigSource
}

export interface ConfigEntry {
  readonly name: string
  /** As text, exactly; null when it is secret. */
  readonly value: string | null
  readonly source: ConfigSource
  readonly isReadOnly: boolean
  readonly isSensitive: boolean
  readonly type: ConfigType
  /** Where the value comes from, best first, when it was asked for. */
  readonly synonyms: readonly ConfigSynonym[]
  /** When it was asked for. */
  readonly documentation: string | null
}

interface EntryOnWire {
  readonly name: string
  readonly value: string | null
  readonly readOnly: boolean
  readonly configSource: number
  readonly isSensitive: boolean
  readonly configType?: number
  readonly synonyms?: readonly { readonly name: string; readonly value: string | null; readonly source: number }[]
  readonly documentation?: string | null
}

export function configEntryFrom(entry: EntryOnWire): ConfigEntry {
  const {
    name,
    value,
    readOnly,
    configSource,
    isSensitive,
    configType = 0,
    synonyms = [],
    documentation = null,
  } = entry
  return {
    name,
    value,
    source: sourceOf(configSource),
    isReadOnly: readOnly,
    isSensitive,
    type: types[configType] ?? 'UNKNOWN',
    synonyms: synonyms.map(synonym => ({ ...synonym, source: sourceOf(synonym.source) })),
    documentation,
  }
}

function sourceOf(code: number): ConfigSource {
  return sources[code] ?? 'UNKNOWN'
}

export type ConfigResourceType = 'TOPIC' | 'BROKER' | 'BROKER_LOGGER' | 'CLIENT_METRICS' | 'GROUP'

export const configResourceCodes: Readonly<Record<ConfigResourceType, number>> = {
  TOPIC: 2,
  BROKER: 4,
  BROKER_LOGGER: 8,
  CLIENT_METRICS: 16,
  GROUP: 32,
}

/** What has settings. A BROKER without a name stands for what all brokers have unless they say otherwise. */
export interface ConfigResource {
  readonly type: ConfigResourceType
  readonly name: string
}

/** "TOPIC orders": the key of what is answered by resource. */
export function resourceKey({ type, name }: ConfigResource): string {
  return `${type} ${name}`
}

/** Undefined for a kind of a later Kafka. */
export function resourceTypeOf(code: number): ConfigResourceType | undefined {
  return (Object.keys(configResourceCodes) as ConfigResourceType[]).find(type => configResourceCodes[type] === code)
}
