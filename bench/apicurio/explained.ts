// Every difference between our answers and Apicurio's, with who is right and why. What is right is what Confluent's registry does,
// by its sources (github.com/confluentinc/schema-registry, 8.x); `source` names the class. A difference that no entry explains is a fault.

import { parsed } from '../avro/questions.ts'
import { absent, type Difference } from './difference.ts'

export interface Explanation {
  /** Of the difference's request, such as `GET /config`. */
  readonly request: RegExp
  readonly aspect: RegExp
  readonly ours?: RegExp
  readonly theirs?: RegExp
  readonly scenario?: RegExp
  readonly when?: (difference: Difference) => boolean
  /** A matter of all answers, which differ in this even where they say the same. */
  readonly isEverywhere?: true
  /** Not met in every run, since what it explains depends on schemas made at random. */
  readonly isRare?: true
  /** Who does what Confluent's registry does. */
  readonly right: 'ours' | 'Apicurio'
  readonly source: string
  readonly why: string
}

const any = /./
const status = /^status$/
const register = /^POST \/subjects\/[^/]+\/versions(\?|$)/
const lookUp = /^POST \/subjects\/[^/]+(\?|$)/
const compare = /^POST \/compatibility\//
const version = /\/versions\/[^/?]+/

/** Theirs as it was sent, ours as Avro writes the same schema, or as it is normalized. What Avro writes is tried with Avro itself. */
function isSpelling({ ours, theirs }: Difference): boolean {
  if (ours === absent || theirs === absent) return false
  const text = JSON.parse(ours)
  const sent = parsed(JSON.parse(theirs), { references: [], isStored: true })
  return text === sent?.canonicalText || text === sent?.normalizedText
}

/** What is in answers. */
const answers: readonly Explanation[] = [
  {
    request: any,
    aspect: /^content type$/,
    isEverywhere: true,
    ours: /^(application\/vnd\.schemaregistry\.v1\+json|)$/,
    theirs: /^(application\/json|text\/plain|text\/html|)$/,
    right: 'ours',
    source: 'Versions',
    why: 'who accepts everything gets application/vnd.schemaregistry.v1+json, which has the most weight; Apicurio says application/json',
  },
  {
    request: any,
    aspect: /^body(\[\d+\])?\.(guid|ts|deleted|schemaType)$/,
    isEverywhere: true,
    theirs: /^absent$/,
    right: 'ours',
    source: 'Schema, SchemaString, RegisterSchemaResponse',
    why: 'since 8.0 answers tell the GUID, the time, whether it is deleted, and the type also where it is AVRO',
  },
  {
    request: register,
    aspect: /^body\.(version|schema|references)$/,
    isEverywhere: true,
    theirs: /^absent$/,
    right: 'ours',
    source: 'RegisterSchemaResponse',
    why: 'since 8.0 a registration is answered with all of the schema; Apicurio answers with its id alone',
  },
  {
    request: /^GET \/schemas\/ids\/[^/]+$/,
    aspect: /^body\.(subject|version)$/,
    isEverywhere: true,
    theirs: /^absent$/,
    right: 'ours',
    source: 'SchemaString',
    why: 'since 8.0 a schema by its id tells a subject and version that has it',
  },
  {
    request: /^GET \/schemas\?/,
    aspect: /^body(\[\d+\]\.(subject|version|id|schema))?$/,
    right: 'ours',
    source: 'SchemasResource.getSchemas',
    why: "Apicurio's version 7 answers /schemas with the bare schemas, and knows neither subjectPrefix nor latestOnly",
  },
  {
    request: /^GET \/schemas\/types$/,
    aspect: /^body$/,
    right: 'Apicurio',
    source: 'SchemasResource.getSchemaTypes',
    why: 'ours has Avro only so far; JSON Schema and Protobuf are to follow, and are refused with 42201 until then',
  },
  {
    request: /^POST \/compatibility\/.*verbose=true$/,
    aspect: /^body\.messages$/,
    right: 'ours',
    source: 'CompatibilityCheckResponse',
    why: 'verbose=true tells what is incompatible; Apicurio tells nothing or in its own words',
  },
  {
    request: /^GET .*\/referencedby$/,
    aspect: /^body$/,
    ours: /^\[\]$/,
    right: 'ours',
    source: 'AbstractSchemaRegistry.getReferencedBy',
    why: 'schemas that are softly deleted do not count as referring, unless deleted ones are asked for',
  },
]

/** What texts are kept and found. */
const texts: readonly Explanation[] = [
  {
    scenario: /^with documentation$/,
    request: any,
    aspect: /^body(\.(id|version|schema))?$/,
    right: 'ours',
    source: 'AvroSchema.canonicalString',
    why: 'documentation is part of what makes a schema another one; Apicurio takes it for the same and forgets the new text',
  },
  {
    scenario: /^primitive types$/,
    request: lookUp,
    aspect: /^body\.schema$/,
    right: 'ours',
    source: 'SubjectsResource.lookUpSchemaUnderSubject',
    why: "a lookup is answered with the registered schema's text; Apicurio gives back what it was asked with",
  },
  {
    scenario: /^a reference$/,
    request: any,
    aspect: /^body\.(schema|fields\[0\]\.type)$/,
    ours: /"Customer|\\"Customer/,
    theirs: /shop\.Customer/,
    right: 'ours',
    source: 'AvroSchema.canonicalString, org.apache.avro.Schema.Name.getQualified',
    why: 'schemas are written by Avro, which leaves the name space out where it is the one around',
  },
  {
    scenario: /^schemas made/,
    isRare: true,
    request: any,
    aspect: /^body\.schema$/,
    when: isSpelling,
    right: 'ours',
    source: 'AvroSchemaUtils.toNormalizedString, AvroSchema.canonicalString',
    why: 'schemas are answered as Avro writes them, sorted where they were normalized; Apicurio answers what was sent',
  },
]

/** Of schemas made at random, by their seeds. */
const seeds: readonly Explanation[] = [
  {
    scenario: /^schemas made of seed 1000021$/,
    isRare: true,
    request: any,
    aspect: /^body(\.(id|version|schema))?$/,
    right: 'ours',
    source: 'AvroSchema.equals',
    why: "an enum's default is part of what makes a schema another one; Apicurio takes it for the same",
  },
  {
    scenario: /^schemas made of seed 1000072$/,
    isRare: true,
    request: any,
    aspect: status,
    ours: /^(200|409 40901)$/,
    theirs: /^422 (42201|0)$/,
    right: 'ours',
    source: "AvroSchema.isBackwardCompatible, which is Avro's SchemaCompatibility",
    why: 'both schemas are valid for Avro 1.12.2, a type in them has the empty name space; Apicurio says that one is invalid, after it took it',
  },
]

/** What lists are asked for. */
const lists: readonly Explanation[] = [
  {
    request: /^GET \/subjects\?/,
    aspect: /^body(\[\d+\])?$/,
    right: 'ours',
    source: 'SubjectsResource.list',
    why: "Apicurio's version 7 does not know subjectPrefix, so that it lists, and counts off, all subjects",
  },
  {
    request: /^GET \/contexts$/,
    aspect: /^body(\[\d+\])?$/,
    right: 'ours',
    source: 'ContextsResource.listContexts',
    why: 'contexts are listed by their names, the default one as "."; Apicurio always lists ":.:" alone',
  },
  {
    request: /^GET \/contexts\/\.staging\/subjects$/,
    aspect: status,
    right: 'ours',
    source: 'ContextFilter',
    why: 'every path may stand behind /contexts/NAME; Apicurio has no such paths',
  },
]

/** Levels and modes. */
const settings: readonly Explanation[] = [
  {
    request: /^GET \/config(\/[^/]+)?(\?.*)?$/,
    aspect: /^body\.compatibilityLevel$/,
    ours: /^"BACKWARD"$/,
    theirs: /^"NONE"$/,
    right: 'ours',
    source: 'SchemaRegistryConfig.COMPATIBILITY_DEFAULT',
    why: 'without a level BACKWARD holds; with Apicurio NONE',
  },
  {
    request: /^PUT \/config/,
    aspect: /^body\.normalize$/,
    ours: /^absent$/,
    theirs: /^false$/,
    right: 'ours',
    source: 'ConfigUpdateRequest',
    why: 'a change of settings is answered with what was sent; Apicurio adds normalize',
  },
  {
    scenario: /^a level (with|that normalizes)/,
    request: /^(PUT|GET) \/config/,
    aspect: /^body\.(normalize|compatibilityGroup|somethingNew)$/,
    theirs: /^absent$/,
    right: 'ours',
    source: 'Config',
    why: 'all settings are kept, here also those of newer clients; Apicurio keeps the level alone',
  },
  {
    request: /^GET \/config\/[^/?]+$/,
    aspect: status,
    ours: /^404 40408$/,
    right: 'ours',
    source: 'ConfigResource.getSubjectLevelConfig',
    why: 'a subject without settings of its own is 40408, whether it exists or not',
  },
  {
    request: /^GET \/config\/.*defaultToGlobal=true$/,
    aspect: status,
    ours: /^200$/,
    theirs: /^404 40401$/,
    right: 'ours',
    source: 'ConfigResource.getSubjectLevelConfig',
    why: 'with defaultToGlobal a subject need not exist; Apicurio asks that it does',
  },
  {
    request: /^DELETE \/config\/[^/?]+$/,
    aspect: status,
    ours: /^404 40401$/,
    theirs: /^200$/,
    right: 'ours',
    source: 'ConfigResource.deleteSubjectConfig',
    why: 'settings that are not there cannot be taken away; Apicurio answers with those of everything',
  },
  {
    request: /^PUT \/config/,
    aspect: status,
    ours: /^200$/,
    theirs: /^(422 42203|500 0)$/,
    right: 'ours',
    source: 'ConfigResource.updateSubjectLevelConfig, CompatibilityLevel.forName',
    why: 'a level may be in small letters or be left out; Apicurio refuses, or fails with 500',
  },
  {
    request: /^PUT \/config/,
    aspect: status,
    ours: /^422 422$/,
    theirs: /^500 0$/,
    right: 'ours',
    source: 'ConfigResource.updateSubjectLevelConfig (@NotNull)',
    why: 'an empty body is 422; Apicurio fails with 500',
  },
  {
    request: /^GET \/mode\/[^/?]+$/,
    aspect: status,
    ours: /^404 40409$/,
    theirs: /^200$/,
    right: 'ours',
    source: 'ModeResource.getMode',
    why: "a subject without a mode of its own is 40409; Apicurio answers with everything's",
  },
  {
    request: /^PUT \/mode/,
    aspect: status,
    ours: /^422 42204$/,
    theirs: /^422 42201$/,
    right: 'ours',
    source: 'RestInvalidModeException',
    why: 'a mode that is none is 42204; Apicurio says that of a schema',
  },
  {
    scenario: /^(a mode of a subject|a registry that is only read)$/,
    request: register,
    aspect: status,
    ours: /^422 42205$/,
    theirs: /^200$/,
    right: 'ours',
    source: 'KafkaSchemaRegistry.register',
    why: 'what is READONLY takes no schema; Apicurio keeps modes, and does not follow them',
  },
  {
    scenario: /^IMPORT with an id$/,
    request: /^GET /,
    aspect: /^(status|body\[0\])$/,
    right: 'ours',
    source: 'KafkaSchemaRegistry.register',
    why: 'in IMPORT mode the id and the version given are taken; Apicurio counts on',
  },
]

/** Which refusal, and whether at all. */
const refusals: readonly Explanation[] = [
  {
    request: register,
    aspect: status,
    ours: /^409 40901$/,
    theirs: /^409 409$/,
    right: 'ours',
    source: 'Errors.INCOMPATIBLE_SCHEMA_ERROR_CODE',
    why: 'an incompatible schema is 40901; Apicurio repeats the status',
  },
  {
    scenario: /^schemas made/,
    isRare: true,
    request: register,
    aspect: status,
    ours: /^422 42201$/,
    theirs: /^(409 409|200)$/,
    right: 'ours',
    source: 'AvroSchema (NameValidator.STRICT_VALIDATOR)',
    why: 'names and defaults are checked when a schema is new; Apicurio lets some of them pass, or compares first',
  },
  {
    request: /^DELETE \/subjects\//,
    aspect: status,
    ours: /^404 4040[567]$/,
    theirs: /^409 4040[567]$/,
    right: 'ours',
    source: 'Errors.schemaVersionSoftDeletedException and its neighbours',
    why: 'what is softly deleted already, or not yet, is 404 with its code; Apicurio has the code with 409',
  },
  {
    request: lookUp,
    aspect: status,
    ours: /^404 40401$/,
    theirs: /^404 40403$/,
    right: 'ours',
    source: 'SubjectsResource.lookUpSchemaUnderSubject',
    why: 'a subject whose versions are all deleted is not found as a subject, unless deleted ones are asked for',
  },
  {
    request: version,
    aspect: status,
    ours: /^422 42202$/,
    theirs: /^404 4040[12]$/,
    right: 'ours',
    source: 'VersionId',
    why: 'what is no version, such as 0 or zero, is 42202 before anything is looked for',
  },
  {
    request: /^POST \/compatibility\/subjects\/[^/]+\/versions$/,
    aspect: status,
    ours: /^200$/,
    theirs: /^404 40401$/,
    right: 'ours',
    source: 'CompatibilityResource.testCompatibilityForSubject',
    why: 'every schema is compatible with a subject that has none',
  },
  {
    scenario: /^a reference$/,
    request: compare,
    aspect: status,
    ours: /^200$/,
    theirs: /^422 42201$/,
    right: 'ours',
    source: 'AbstractSchemaRegistry.isCompatible',
    why: 'what a schema is compared with brings its own references; Apicurio reads it with those of the request',
  },
  {
    scenario: /^who refers goes first$/,
    request: /^DELETE \/subjects\//,
    aspect: status,
    ours: /^200$/,
    theirs: /^422 42206$/,
    right: 'ours',
    source: 'KafkaSchemaRegistry.deleteSubject',
    why: 'when all that refer to a subject are softly deleted, it can be, too',
  },
  {
    request: lookUp,
    aspect: status,
    ours: /^422 42201$/,
    theirs: /^404 4040[13]$/,
    right: 'ours',
    source: 'AbstractSchemaRegistry.lookUpSchemaUnderSubject',
    why: 'a schema that cannot be read is 42201 also where it is only looked up',
  },
  {
    request: compare,
    aspect: status,
    ours: /^422 42201$/,
    theirs: /^200$/,
    right: 'ours',
    source: 'AbstractSchemaRegistry.isCompatible',
    why: 'a schema that cannot be read is 42201 also where there is nothing to compare it with',
  },
  {
    scenario: /^an invalid schema: (empty|a blank)$/,
    request: register,
    aspect: status,
    ours: /^422 42201$/,
    theirs: /^200$/,
    right: 'ours',
    source: 'AbstractSchemaRegistry.canonicalizeSchema',
    why: 'an empty text is no schema; Apicurio registers it',
  },
  {
    scenario: /^a body: (an id|a version)/,
    request: register,
    aspect: status,
    ours: /^422 4220[15]$/,
    theirs: /^200$/,
    right: 'ours',
    source: 'KafkaSchemaRegistry.register',
    why: 'an id needs IMPORT mode, and a version has to be the next; Apicurio passes over both',
  },
  {
    scenario: /^a body/,
    request: register,
    aspect: status,
    ours: /^(422 42201|400 400)$/,
    theirs: /^500 0$/,
    right: 'ours',
    source: 'AbstractSchemaRegistry.parseSchema, JsonParseExceptionMapper',
    why: 'a request without a schema, with an unknown type or with references that are no list is refused; Apicurio fails with 500',
  },
  {
    scenario: /^a body: empty$/,
    request: register,
    aspect: status,
    ours: /^422 422$/,
    theirs: /^422 42201$/,
    right: 'ours',
    source: 'SubjectVersionsResource.register (@NotNull)',
    why: 'without a body there is no schema that could be invalid',
  },
  {
    request: any,
    aspect: status,
    ours: /^(400 400|404 404|405 405|415 415)$/,
    theirs: /^(400|404|405|415)$/,
    right: 'ours',
    source: 'GenericExceptionMapper of rest-utils',
    why: 'every refusal is told as JSON with an error_code; those of the framework under Apicurio have none',
  },
  {
    request: /^GET \/schemas\/ids\/2147483648$/,
    aspect: status,
    ours: /^404 404$/,
    theirs: /^404 40403$/,
    right: 'ours',
    source: 'SchemasResource.getSchema (Integer)',
    why: 'an id is an int of 32 bits: a path with another number is no path',
  },
]

/** In the order in which they are tried. */
export const explanations: readonly Explanation[] = [...answers, ...texts, ...seeds, ...lists, ...settings, ...refusals]

export const explanationOf = (scenario: string, difference: Difference): Explanation | undefined =>
  explanations.find(
    ({ request, aspect, ours = any, theirs = any, scenario: place = any, when }) =>
      request.test(difference.request) &&
      aspect.test(difference.aspect) &&
      (ours === any || ours.test(difference.ours)) &&
      (theirs === any || theirs.test(difference.theirs)) &&
      place.test(scenario) &&
      (when === undefined || when(difference)),
  )
