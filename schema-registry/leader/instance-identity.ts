// What instances of the registry tell each other through their group: who each of them is, and who leads. The bytes are those of
// Confluent's registry, so that its instances and ours can stand in one group. Pure.
// Source: SchemaRegistryIdentity, SchemaRegistryProtocol (version 0) of Confluent's registry.

export interface InstanceIdentity {
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port: number
  /** Whether it may lead. [leader.eligibility] */
  readonly isEligible: boolean
  /** It leads, or did in the generation before. */
  readonly isLeader: boolean
}

export interface LeaderAssignment {
  /** Two instances say that they are at the same address. */
  readonly hasDuplicateUrls: boolean
  /** Undefined: no instance may lead. */
  readonly leader: InstanceIdentity | undefined
}

const version = 1
const noError = 0
const duplicateUrls = 1

/** Where the instance's HTTP interface is, as others reach it. */
export function urlOf({ scheme, host, port }: Pick<InstanceIdentity, 'scheme' | 'host' | 'port'>): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** The identity as the group carries it. `says`: whether it tells who leads, which early versions of other registries do not know. */
export function identityBytes(identity: InstanceIdentity, { says }: { readonly says: boolean }): Buffer {
  return Buffer.from(JSON.stringify(identityJson(identity, says)))
}

/** Undefined when the bytes say nothing that could be a registry. */
export function identityOf(bytes: Uint8Array): InstanceIdentity | undefined {
  return identityFrom(parsed(bytes))
}

export function assignmentBytes(
  memberId: string | undefined,
  { hasDuplicateUrls, leader }: LeaderAssignment,
  options: { readonly says: boolean },
): Buffer {
  const error = hasDuplicateUrls ? duplicateUrls : noError
  const identity = leader && identityJson(leader, options.says)
  return Buffer.from(JSON.stringify({ version, error, master: memberId, master_identity: identity }))
}

/** Undefined when the bytes are no assignment. */
export function assignmentOf(bytes: Uint8Array): LeaderAssignment | undefined {
  const { error, master_identity: identity } = parsed(bytes) ?? {}
  if (typeof error !== 'number') return undefined
  return { hasDuplicateUrls: error === duplicateUrls, leader: identityFrom(identity) }
}

function identityJson({ host, port, isEligible, scheme, isLeader }: InstanceIdentity, says: boolean) {
  return { version, host, port, master_eligibility: isEligible, scheme, ...(says && { leader: isLeader }) }
}

function identityFrom(value: unknown): InstanceIdentity | undefined {
  const {
    scheme = 'http',
    host,
    port,
    master_eligibility: isEligible,
    leader,
  } = (value ?? {}) as Record<string, unknown>
  const isScheme = scheme === 'http' || scheme === 'https'
  if (!isScheme || typeof host !== 'string' || typeof port !== 'number' || !Number.isInteger(port)) return undefined
  return { scheme, host, port, isEligible: isEligible === true, isLeader: leader === true }
}

function parsed(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString())
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
