// Records that we replay for nobody but must not lose: ACLs, quotas, SCRAM credentials, delegation tokens, and records of types
// that did not exist when this was written. They go into our snapshots byte for byte, so that the Kafka broker that wrote them,
// or a later version of ours, finds them again.
//
// Of the known kinds the last record per key counts and a removal removes; of unknown types nothing is known, so all are kept,
// in order. Limit: unknown records are held in memory; they are as many as some other controller wrote since its last snapshot.

import type { MetadataRecord, RecordType, RecordValue, UnknownRecord } from '../metadata-record.ts'

type KeptType = 'clientQuota' | 'accessControlEntry' | 'userScramCredential' | 'delegationToken'

/** In the order in which Kafka writes them into a snapshot. */
const kinds = [
  ['clientQuota', 'client quotas'],
  ['accessControlEntry', 'ACLs'],
  ['userScramCredential', 'SCRAM credentials'],
  ['delegationToken', 'delegation tokens'],
] as const satisfies readonly (readonly [KeptType, string])[]

export class KeptRecords {
  readonly #frames: Map<KeptType, Map<string, Buffer>>
  readonly #unknown: UnknownRecord[]

  constructor(from?: KeptRecords) {
    this.#frames = new Map(kinds.map(([kind]) => [kind, new Map(from ? from.#frames.get(kind) : [])]))
    this.#unknown = from ? [...from.#unknown] : []
  }

  /** Takes the record if it is of a kind that is kept; answers whether it was. */
  apply(record: MetadataRecord): boolean {
    switch (record.type) {
      case 'unknown':
        this.#unknown.push(record)
        return true
      case 'accessControlEntry':
        return this.#keep('accessControlEntry', record.value.id, record.frame)
      case 'removeAccessControlEntry':
        return this.#drop('accessControlEntry', record.value.id)
      case 'userScramCredential':
        return this.#keep('userScramCredential', scramKey(record.value), record.frame)
      case 'removeUserScramCredential':
        return this.#drop('userScramCredential', scramKey(record.value))
      case 'delegationToken':
        return this.#keep('delegationToken', record.value.tokenId, record.frame)
      case 'removeDelegationToken':
        return this.#drop('delegationToken', record.value.tokenId)
      case 'clientQuota': {
        const key = quotaKey(record.value)
        return record.value.remove ? this.#drop('clientQuota', key) : this.#keep('clientQuota', key, record.frame)
      }
      default:
        return false
    }
  }

  /** Frames of the known kinds that stand in a snapshot before (quotas) or after the producer ids, as in Kafka's. */
  framesOf(...wanted: KeptType[]): Buffer[] {
    return wanted.flatMap(kind => [...this.#frames.get(kind)!.values()])
  }

  unknownFrames(): Buffer[] {
    return this.#unknown.map(record => record.frame)
  }

  /** What is kept and not understood, for people: name and count. */
  summary(): { name: string; count: number }[] {
    const known = kinds.map(([kind, name]) => ({ name, count: this.#frames.get(kind)!.size }))
    const unknown = new Map<number, number>()
    for (const { recordType } of this.#unknown) unknown.set(recordType, (unknown.get(recordType) ?? 0) + 1)
    const types = [...unknown].map(([type, count]) => ({ name: `records of unknown type ${type}`, count }))
    return [...known, ...types].filter(({ count }) => count > 0)
  }

  #keep(kind: KeptType, key: string, frame: Buffer): true {
    this.#frames.get(kind)!.set(key, frame)
    return true
  }

  #drop(kind: KeptType, key: string): true {
    this.#frames.get(kind)!.delete(key)
    return true
  }
}

type Value<Type extends RecordType> = RecordValue<Type>

const scramKey = ({ name, mechanism }: Value<'userScramCredential' | 'removeUserScramCredential'>): string =>
  `${mechanism}:${name}`

/** The order in which the parts of the entity are named makes no difference. */
function quotaKey({ entity, key }: Value<'clientQuota'>): string {
  const parts = entity.map(({ entityType, entityName }) => JSON.stringify([entityType, entityName])).sort()
  return `${parts.join()}:${key}`
}
