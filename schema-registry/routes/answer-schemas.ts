// What answers and bodies look like, as JSON Schemas of the OpenAPI document. Tests hold each answer against them.

export type JsonSchema = Readonly<Record<string, unknown>>

const text = { type: 'string' }
const flag = { type: 'boolean' }
const int32 = { type: 'integer', format: 'int32' }
const listOf = (items: JsonSchema) => ({ type: 'array', items })
const mapOf = (additionalProperties: JsonSchema) => ({ type: 'object', additionalProperties })
const named = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const object = (properties: Record<string, JsonSchema>, required: readonly string[] = []) => ({
  type: 'object',
  properties,
  ...(required.length > 0 ? { required } : {}),
})

const content = {
  schemaType: { type: 'string', description: 'AVRO when it is missing.', example: 'AVRO' },
  references: listOf(named('SchemaReference')),
  metadata: named('Metadata'),
  ruleSet: named('RuleSet'),
  schema: { type: 'string', description: 'The schema itself, as a text.', example: '"string"' },
}
const stamps = {
  ts: { type: 'integer', format: 'int64', description: 'When it was written, in milliseconds since 1970.' },
  deleted: flag,
}
const rules = listOf(named('Rule'))
const level = {
  type: 'string',
  description: 'NONE, BACKWARD, BACKWARD_TRANSITIVE, FORWARD, FORWARD_TRANSITIVE, FULL or FULL_TRANSITIVE.',
  example: 'BACKWARD',
}
const settings = {
  alias: text,
  aliasForDeks: text,
  normalize: flag,
  validateFields: flag,
  validateNewSchemas: flag,
  validateRules: flag,
  compatibilityPolicy: text,
  compatibilityGroup: text,
  defaultMetadata: named('Metadata'),
  overrideMetadata: named('Metadata'),
  defaultRuleSet: named('RuleSet'),
  overrideRuleSet: named('RuleSet'),
}

const version = {
  subject: text,
  version: int32,
  id: int32,
  guid: text,
  ...content,
  schemaTags: listOf(named('SchemaTags')),
  ...stamps,
}

export const answerSchemas = {
  Error: object(
    { error_code: { type: 'integer', description: 'The status, or the status and two digits.' }, message: text },
    ['error_code', 'message'],
  ),
  SchemaReference: object({ name: text, subject: text, version: int32 }),
  Metadata: object({ tags: mapOf(listOf(text)), properties: mapOf(text), sensitive: listOf(text) }),
  Rule: object({
    name: text,
    doc: text,
    kind: text,
    mode: text,
    type: text,
    tags: listOf(text),
    params: mapOf(text),
    expr: text,
    onSuccess: text,
    onFailure: text,
    disabled: flag,
  }),
  RuleSet: object({ migrationRules: rules, domainRules: rules, encodingRules: rules, enableAt: text }),
  SchemaTags: object({ schemaEntity: object({ entityPath: text, entityType: text }), tags: listOf(text) }),
  Schema: object(version, ['subject', 'version', 'id', 'schema']),
  ExtendedSchema: object({ ...version, aliases: listOf(text) }, ['subject', 'version', 'id', 'schema']),
  SchemaString: object(
    {
      subject: text,
      version: int32,
      guid: text,
      ...content,
      schemaTags: listOf(named('SchemaTags')),
      maxId: int32,
      ...stamps,
    },
    ['schema'],
  ),
  RegisterSchemaRequest: object({
    version: int32,
    id: int32,
    ...content,
    schemaTagsToAdd: listOf(named('SchemaTags')),
    schemaTagsToRemove: listOf(named('SchemaTags')),
    propagateSchemaTags: flag,
  }),
  RegisterSchemaResponse: object({ id: int32, version: int32, guid: text, ...content }, ['id']),
  TagSchemaRequest: object({
    newVersion: int32,
    tagsToAdd: listOf(named('SchemaTags')),
    tagsToRemove: listOf(named('SchemaTags')),
    metadata: named('Metadata'),
    ruleSet: named('RuleSet'),
    rulesToMerge: named('RuleSet'),
    rulesToRemove: listOf(text),
  }),
  CompatibilityCheckResponse: object({ is_compatible: flag, messages: listOf(text) }, ['is_compatible']),
  Config: object({ ...settings, compatibilityLevel: level }),
  ConfigUpdateRequest: object({ ...settings, compatibility: level }),
  Mode: object({ mode: text }),
  ModeUpdateRequest: object({ mode: { type: 'string', nullable: true } }),
  SubjectVersion: object({ subject: text, version: int32 }, ['subject', 'version']),
  ContextId: object({ context: text, id: int32 }, ['context', 'id']),
  ServerClusterId: object({ scope: object({ path: listOf(text), clusters: mapOf(text) }, ['path', 'clusters']) }, [
    'scope',
  ]),
  ServerVersion: object({ version: text, commitId: text }, ['version']),
  Deployment: object({ attributes: listOf(text) }, ['attributes']),
  Anything: { type: 'object' },
} as const satisfies Record<string, JsonSchema>

export type SchemaName = keyof typeof answerSchemas

export const refTo = (name: SchemaName): JsonSchema => named(name)
export const lists = { texts: listOf(text), integers: listOf(int32), of: (name: SchemaName) => listOf(named(name)) }
export const integerAnswer: JsonSchema = int32
