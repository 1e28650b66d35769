// What a registry refuses, or what keeps it from being asked: one class, told apart by `code`. Confluent's numbers have names here, as
// its Errors class has them, and advice for whoever gets them.

import { ClientError, type ClientErrorCode } from '../../client/client-error.ts'

interface Known {
  readonly code: string
  readonly help: string
  readonly retriable?: boolean
}

/** By Confluent's `error_code` (io.confluent.kafka.schemaregistry.rest.exceptions.Errors). */
const known: Readonly<Record<number, Known>> = {
  401: { code: 'UNAUTHORIZED', help: 'give `auth` with a user and a password, or a token, that the registry knows' },
  403: { code: 'FORBIDDEN', help: 'ask whoever runs the registry for the right to do this' },
  40301: { code: 'FORBIDDEN', help: 'ask whoever runs the registry for the right to do this' },
  40401: { code: 'SUBJECT_NOT_FOUND', help: '`millrace schema list` tells which there are' },
  40402: { code: 'VERSION_NOT_FOUND', help: '`millrace schema list SUBJECT` tells which versions there are' },
  40403: { code: 'SCHEMA_NOT_FOUND', help: 'register the schema first (`millrace schema register`)' },
  40404: { code: 'SUBJECT_SOFT_DELETED', help: 'delete it for good, or register a schema to bring it back' },
  40405: { code: 'SUBJECT_NOT_SOFT_DELETED', help: 'delete it softly first' },
  40406: { code: 'VERSION_SOFT_DELETED', help: 'delete it for good, or register the schema to bring it back' },
  40407: { code: 'VERSION_NOT_SOFT_DELETED', help: 'delete it softly first' },
  40408: { code: 'COMPATIBILITY_NOT_CONFIGURED', help: 'the global level applies; ask with defaultToGlobal' },
  40409: { code: 'MODE_NOT_CONFIGURED', help: 'the global mode applies; ask with defaultToGlobal' },
  409: { code: 'INCOMPATIBLE_SCHEMA', help: '`millrace schema check` says what is incompatible, and what to do' },
  40901: { code: 'INCOMPATIBLE_SCHEMA', help: '`millrace schema check` says what is incompatible, and what to do' },
  42201: { code: 'INVALID_SCHEMA', help: 'correct the schema at the place that is named' },
  42202: { code: 'INVALID_VERSION', help: 'a version is a whole number from 1, or "latest"' },
  42203: {
    code: 'INVALID_COMPATIBILITY_LEVEL',
    help: 'it is one of NONE, BACKWARD, FORWARD, FULL and their _TRANSITIVE forms',
  },
  42204: { code: 'INVALID_MODE', help: 'it is one of READWRITE, READONLY, READONLY_OVERRIDE, IMPORT and FORWARD' },
  42205: { code: 'OPERATION_NOT_PERMITTED', help: 'the mode of the subject, or of the registry, does not allow it' },
  42206: { code: 'REFERENCE_EXISTS', help: 'delete the schemas that refer to it first' },
  42207: { code: 'ID_DOES_NOT_MATCH', help: 'the schema has another id already' },
  42208: { code: 'INVALID_SUBJECT', help: 'choose another name for the subject' },
  42209: { code: 'SCHEMA_TOO_LARGE', help: 'split the schema by references, or raise the limit of the registry' },
  42210: { code: 'INVALID_RULESET', help: 'correct the rule set' },
  42211: { code: 'CONTEXT_NOT_EMPTY', help: 'delete its subjects first' },
  429: { code: 'TOO_MANY_REQUESTS', help: 'ask less often, or raise the limit of the registry', retriable: true },
  50001: { code: 'STORE_ERROR', help: 'the registry could not use its topic; its log says why', retriable: true },
  50002: { code: 'STORE_TIMEOUT', help: 'the registry waited too long for its topic', retriable: true },
  50003: { code: 'FORWARDING_FAILED', help: 'the leader of the registry could not be asked', retriable: true },
  50004: { code: 'UNKNOWN_LEADER', help: 'the registry has no leader at present', retriable: true },
}

/** Answered by what stands before a registry, or by one that is starting: worth another attempt (as Confluent's RestService has it). */
const retriableStatuses: readonly number[] = [408, 429, 500, 502, 503, 504]

export interface RegistryErrorOptions {
  readonly status?: number
  readonly errorCode?: number
  readonly url?: string
  readonly retriable?: boolean
  readonly help?: string
  readonly cause?: unknown
}

/** `code` is stable: a name of the table above, or one of the client's own (BROKER_UNREACHABLE and the like do not occur here). */
export class RegistryError extends ClientError {
  /** Of HTTP; undefined when there was no answer. */
  readonly status: number | undefined
  /** As the registry gave it, such as 40401. */
  readonly errorCode: number | undefined
  /** Of the registry, without user and password. */
  readonly url: string | undefined

  constructor(code: ClientErrorCode | (string & {}), message: string, options: RegistryErrorOptions = {}) {
    const { status, errorCode, url, ...rest } = options
    super(code, url === undefined ? message : `${message} (registry ${url})`, rest)
    this.name = 'RegistryError'
    this.status = status
    this.errorCode = errorCode
    this.url = url
  }
}

/** What the registry answered in place of what was asked for. `message` is its own sentence. */
export function refusal(status: number, errorCode: number | undefined, message: string, url: string): RegistryError {
  const entry = known[errorCode ?? status] ?? known[status]
  const retriable = entry?.retriable ?? retriableStatuses.includes(status)
  const help = entry?.help ?? (status === 404 ? 'check the address of the registry, and its path' : undefined)
  const code = entry?.code ?? (retriable ? 'REGISTRY_UNAVAILABLE' : 'REGISTRY_REFUSED')
  return new RegistryError(code, message, {
    status,
    url,
    retriable,
    ...(errorCode !== undefined && { errorCode }),
    ...(help !== undefined && { help }),
  })
}

/** Whether the registry says that there is no such thing, as opposed to not answering. */
export function isNotFound(error: unknown): error is RegistryError {
  return error instanceof RegistryError && error.status === 404
}
