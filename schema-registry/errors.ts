// Answers that say no: an HTTP status, a code that clients look at, and a sentence. Codes and texts are those of Confluent's
// rest.exceptions.Errors and the Rest*Exception beside it; where a text says nothing of use, a sentence of ours follows.

import type { SchemaVersion } from './store/entities.ts'

export class RegistryError extends Error {
  readonly status: number
  /** The status, or the status and two digits more. */
  readonly code: number

  constructor(code: number, message: string, options: ErrorOptions = {}) {
    super(message, options)
    this.name = 'RegistryError'
    this.code = code
    this.status = code < 1000 ? code : Math.floor(code / 100)
  }
}

const error = (code: number, message: string, cause?: unknown) => new RegistryError(code, message, { cause })

/** Makers of each refusal, named as in Confluent's Errors. */
export const errors = {
  badRequest: (sentence: string) => error(400, sentence),
  unauthorized: () =>
    error(401, 'Unauthorized: send the name and password, or the token, of somebody in the credentials file'),
  forbidden: (name: string) => error(403, `Forbidden: ${name} may read only; the credentials file says so`),
  notFound: () => error(404, 'HTTP 404 Not Found: /openapi.json tells what there is'),
  notOffered: (what: string) => error(404, `HTTP 404 Not Found: this registry does not offer ${what}`),
  methodNotAllowed: (allowed: readonly string[]) =>
    error(405, `HTTP 405 Method Not Allowed: use ${allowed.join(', ')}`),
  notAcceptable: (types: readonly string[]) =>
    error(406, `HTTP 406 Not Acceptable: this registry answers with ${types.join(', ')}`),
  tooLarge: (bytesMax: number) => error(413, `Request body is larger than ${bytesMax} bytes`),
  uriTooLong: (lengthMax: number) =>
    error(414, `HTTP 414 URI Too Long: a name in a path may have ${lengthMax} characters`),
  unsupportedMediaType: (types: readonly string[]) =>
    error(415, `HTTP 415 Unsupported Media Type: send one of ${types.join(', ')}`),
  configTooLarge: (bytesMax: number) =>
    error(
      422,
      `A configuration may have ${bytesMax} bytes, and this one would have more; take something away with null`,
    ),
  unprocessable: (sentence: string) => error(422, sentence),
  tooManyRequests: (sentence: string) => error(429, sentence),

  subjectNotFound: (subject: string) => error(40401, `Subject '${subject}' not found.`),
  versionNotFound: (version: number) => error(40402, `Version ${version} not found.`),
  schemaNotFound: (name?: number | string) =>
    error(40403, name === undefined ? 'Schema not found' : `Schema ${name} not found`),
  subjectSoftDeleted: (subject: string) =>
    error(40404, `Subject '${subject}' was soft deleted.Set permanent=true to delete permanently`),
  subjectNotSoftDeleted: (subject: string) =>
    error(40405, `Subject '${subject}' was not deleted first before being permanently deleted`),
  versionSoftDeleted: (subject: string, version: number) =>
    error(40406, `Subject '${subject}' Version ${version} was soft deleted.Set permanent=true to delete permanently`),
  versionNotSoftDeleted: (subject: string, version: number) =>
    error(40407, `Subject '${subject}' Version ${version} was not deleted first before being permanently deleted`),
  subjectCompatibilityNotConfigured: (subject: string) =>
    error(40408, `Subject '${subject}' does not have subject-level compatibility configured`),
  subjectModeNotConfigured: (subject: string) =>
    error(40409, `Subject '${subject}' does not have subject-level mode configured`),

  incompatibleSchema: (subject: string, messages: readonly string[]) =>
    error(
      40901,
      `Schema being registered is incompatible with an earlier schema for subject "${subject}", details: [${messages.join(', ')}]`,
    ),

  invalidSchema: (sentence: string, cause?: unknown) => error(42201, sentence, cause),
  invalidVersion: (version: string) =>
    error(
      42202,
      `The specified version '${version}' is not a valid version id. Allowed values are between [1, 2^31-1] and the string "latest"`,
    ),
  invalidCompatibility: () =>
    error(
      42203,
      'Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, forward_transitive, and full_transitive',
    ),
  invalidMode: (sentence = 'Invalid mode. Valid values are READWRITE, READONLY, IMPORT and FORWARD.') =>
    error(42204, sentence),
  operationNotPermitted: (sentence: string) => error(42205, sentence),
  referenceExists: ({ subject, version }: Pick<SchemaVersion, 'subject' | 'version'>) =>
    error(
      42206,
      `One or more references exist to the schema {magic=1,keytype=SCHEMA,subject=${subject},version=${version}}.`,
    ),
  invalidSubject: (subject: string) => error(42208, `The specified subject '${subject}' is not a valid.`),
  schemaTooLarge: (bytesMax: number) =>
    error(
      42209,
      `Register operation failed because schema is too large: its record may have ${bytesMax} bytes; split it by references`,
    ),
  invalidRuleSet: (sentence: string) => error(42210, sentence),
  contextNotEmpty: (context: string) => error(42211, `The specified context '${context}' is not empty.`),

  store: (sentence: string, cause?: unknown) => error(50001, sentence, cause),
  operationTimeout: (sentence: string, cause?: unknown) => error(50002, sentence, cause),
  forwardingFailed: (sentence: string, cause?: unknown) => error(50003, sentence, cause),
  unknownLeader: (sentence = 'Leader not known.') => error(50004, sentence),
} as const
