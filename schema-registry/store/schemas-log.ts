// Between the registry's rules and the topic `_schemas`: where decided records go, and how records that are there come back.
// The rules never touch the topic: they decide records, the log appends them, and only what has been read back changes the state.

/** A record of `_schemas`, as Confluent writes it: JSON text, or a null value for a tombstone. */
export interface SchemasRecord {
  readonly key: string
  readonly value: string | null
  /** When it was written, in milliseconds since 1970. Given with records that are read back; a log appends with its own time. */
  readonly timestampMs?: number
}

/** Where decided records go. */
export interface SchemasLog {
  /**
   * Appends to the one partition of `_schemas` and resolves when they have been read back and applied.
   * @returns the offset of the last one
   * @throws SchemasLogError whose `isUnknown` says whether the records may be there all the same
   */
  append(records: readonly SchemasRecord[]): Promise<bigint>
  /** Resolves when all that was in the topic at the time of the call has been applied. */
  readToEnd(): Promise<void>
  /** Offset after the last applied record: what /health and the header of reads say. */
  readonly appliedOffset: bigint
}

/** What the log gives to the state: called once for each record, in order. */
export interface SchemasSink {
  apply(record: SchemasRecord, offset: bigint): void
}

/** Who may write. Only the leader decides: one at a time (a write waits for the one before it). */
export interface Leadership {
  readonly isLeader: boolean
  /** Where the leader's HTTP interface is, such as `http://10.0.0.7:8081`; undefined while nobody is known to lead. */
  readonly leaderUrl: string | undefined
  /**
   * Another number for each time that somebody became the leader (the group's generation). A write reads the topic to its end first
   * when this has changed since the last one; where it is missing, each write does.
   */
  readonly epoch?: number
}

/** Records that could not be appended, or of which nobody knows whether they were. */
export class SchemasLogError extends Error {
  /** Whether the records may be in the topic all the same: then the state has to be read to its end before the next decision. */
  readonly isUnknown: boolean

  constructor(message: string, options: { readonly isUnknown: boolean; readonly cause?: unknown }) {
    super(message, { cause: options.cause })
    this.name = 'SchemasLogError'
    this.isUnknown = options.isUnknown
  }
}
