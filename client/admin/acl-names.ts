// Kafka's names of what may be done to what, and the numbers they have on the wire. Sources: org.apache.kafka.common.acl and
// org.apache.kafka.common.resource, Kafka 4.3.0.

import { ClientError } from '../client-error.ts'

/** Names in the order of their codes. */
class CodeNames<Name extends string> {
  readonly #what: string
  readonly #names: readonly Name[]

  constructor(what: string, names: readonly Name[]) {
    this.#what = what
    this.#names = names
  }

  /** UNKNOWN for a code of a later Kafka. */
  nameOf(code: number): Name {
    return this.#names[code] ?? this.#names[0]!
  }

  /** Throws INVALID_ARGUMENT, which lists the names. */
  codeOf(name: Name): number {
    const code = this.#names.indexOf(name)
    if (code > 0) return code
    const help = `it is one of ${this.#names.slice(1).join(', ')}`
    throw new ClientError('INVALID_ARGUMENT', `${this.#what} ${name} does not exist`, { help })
  }
}

export type AclOperation =
  | 'UNKNOWN' | 'ANY' | 'ALL' | 'READ' | 'WRITE' | 'CREATE' | 'DELETE' | 'ALTER' | 'DESCRIBE' | 'CLUSTER_ACTION'
  | 'DESCRIBE_CONFIGS' | 'ALTER_CONFIGS' | 'IDEMPOTENT_WRITE' | 'CREATE_TOKENS' | 'DESCRIBE_TOKENS' | 'TWO_PHASE_COMMIT' // biome-ignore format: a table

const operations: readonly AclOperation[] = [
  'UNKNOWN', 'ANY', 'ALL', 'READ', 'WRITE', 'CREATE', 'DELETE', 'ALTER', 'DESCRIBE', 'CLUSTER_ACTION',
  'DESCRIBE_CONFIGS', 'ALTER_CONFIGS', 'IDEMPOTENT_WRITE', 'CREATE_TOKENS', 'DESCRIBE_TOKENS', 'TWO_PHASE_COMMIT',
] // biome-ignore format: a table

export const aclOperations = new CodeNames<AclOperation>('operation', operations)

export type AclPermission = 'UNKNOWN' | 'ANY' | 'DENY' | 'ALLOW'
export const aclPermissions = new CodeNames<AclPermission>('permission', ['UNKNOWN', 'ANY', 'DENY', 'ALLOW'])

export type AclResourceType =
  | 'UNKNOWN' | 'ANY' | 'TOPIC' | 'GROUP' | 'CLUSTER' | 'TRANSACTIONAL_ID' | 'DELEGATION_TOKEN' | 'USER' // biome-ignore format: a table
export const aclResourceTypes = new CodeNames<AclResourceType>('resource type', [
  'UNKNOWN',
  'ANY',
  'TOPIC',
  'GROUP',
  'CLUSTER',
  'TRANSACTIONAL_ID',
  'DELEGATION_TOKEN',
  'USER', // biome-ignore format: a table
])

export type AclPatternType = 'UNKNOWN' | 'ANY' | 'MATCH' | 'LITERAL' | 'PREFIXED'
export const aclPatternTypes = new CodeNames<AclPatternType>('pattern type', [
  'UNKNOWN',
  'ANY',
  'MATCH',
  'LITERAL',
  'PREFIXED', // biome-ignore format: a table
])

/** The broker was not asked, or does not tell. */
const notTold = -2147483648

/** The operations whose bits are set, in the order of their codes; undefined when the answer does not tell. */
export function operationsIn(bits: number): AclOperation[] | undefined {
  if (bits === notTold) return undefined
  return operations.filter((_, code) => (bits & (1 << code)) !== 0)
}
