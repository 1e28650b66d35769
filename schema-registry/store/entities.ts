// What the registry keeps, as values: a schema's parts, configurations, modes. Confluent: client.rest.entities and storage.*Value.
// Maps and sets are kept in the order of their keys' code units (Java's TreeMap), since that order goes into hashes and records.

/** Another schema that one refers to: for Avro, `name` is the full name of a type that it defines. */
export interface SchemaReference {
  readonly name: string
  readonly subject: string
  /** -1: the latest one at the time of registration. */
  readonly version: number
}

export interface Metadata {
  readonly tags: ReadonlyMap<string, readonly string[]>
  readonly properties: ReadonlyMap<string, string>
  /** Names of properties that are not for everybody. */
  readonly sensitive: readonly string[]
}

export const ruleKinds = ['TRANSFORM', 'CONDITION'] as const
export const ruleModes = ['UPGRADE', 'DOWNGRADE', 'UPDOWN', 'WRITE', 'READ', 'WRITEREAD'] as const
export const executionEnvironments = ['ALL', 'CLIENT', 'GATEWAY', 'SERVER', 'NONE'] as const

export interface Rule {
  readonly name?: string
  readonly doc?: string
  readonly kind: (typeof ruleKinds)[number]
  readonly mode: (typeof ruleModes)[number]
  readonly type?: string
  readonly tags: readonly string[]
  readonly params: ReadonlyMap<string, string>
  readonly expr?: string
  readonly onSuccess?: string
  readonly onFailure?: string
  readonly disabled: boolean
}

export interface RuleSet {
  readonly migrationRules: readonly Rule[]
  readonly domainRules: readonly Rule[]
  readonly encodingRules: readonly Rule[]
  readonly enableAt?: (typeof executionEnvironments)[number]
}

/** Fields that a newer client or registry sent and that this one does not know: kept, written, and answered as they came. */
export type UnknownFields = Readonly<Record<string, unknown>>

/** All that makes a schema what it is. Two with equal content have one GUID, and in a context one id. */
export interface SchemaContent {
  readonly type: string
  readonly text: string
  readonly references: readonly SchemaReference[]
  readonly metadata: Metadata | undefined
  readonly ruleSet: RuleSet | undefined
}

/** A schema under a subject. */
export interface SchemaVersion {
  /** In normal form. */
  readonly subject: string
  readonly version: number
  /** Of the context: another context may use the same number for another schema. */
  readonly id: number
  readonly guid: string
  /** Shared by all versions with the same content. */
  readonly content: SchemaContent
  readonly isDeleted: boolean
  /** When the record was written, in milliseconds since 1970. */
  readonly timestampMs: number | undefined
  readonly unknown: UnknownFields | undefined
}

export const compatibilityLevels = [
  'NONE',
  'BACKWARD',
  'BACKWARD_TRANSITIVE',
  'FORWARD',
  'FORWARD_TRANSITIVE',
  'FULL',
  'FULL_TRANSITIVE',
] as const
export type CompatibilityLevel = (typeof compatibilityLevels)[number]

export const compatibilityPolicies = ['LOGICAL', 'STRICT', 'LENIENT'] as const
export type CompatibilityPolicy = (typeof compatibilityPolicies)[number]

/** What is configured for a subject, a context or everything. Each field may be missing: then a wider scope's holds. */
export interface Config {
  readonly alias?: string
  readonly aliasForDeks?: string
  readonly normalize?: boolean
  readonly validateFields?: boolean
  readonly validateNewSchemas?: boolean
  readonly validateRules?: boolean
  readonly compatibilityLevel?: CompatibilityLevel
  readonly compatibilityPolicy?: CompatibilityPolicy
  readonly compatibilityGroup?: string
  readonly defaultMetadata?: Metadata
  readonly overrideMetadata?: Metadata
  readonly defaultRuleSet?: RuleSet
  readonly overrideRuleSet?: RuleSet
  readonly unknown?: UnknownFields
}

export const modes = ['READWRITE', 'READONLY', 'READONLY_OVERRIDE', 'IMPORT', 'FORWARD'] as const
export type Mode = (typeof modes)[number]

export const isImportOrForward = (mode: Mode): boolean => mode === 'IMPORT' || mode === 'FORWARD'
export const isReadOnly = (mode: Mode): boolean => mode === 'READONLY' || mode === 'READONLY_OVERRIDE'
