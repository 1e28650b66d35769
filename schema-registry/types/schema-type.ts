// What the registry asks of a kind of schema. Avro is one file folder behind it; JSON Schema and Protobuf would be two more.
// Everything here is pure: a text and the texts that it refers to in, verdicts out.

/** A schema that another one refers to by `name`, which for Avro is the full name of a type that it defines. */
export interface ResolvedReference {
  readonly name: string
  readonly subject: string
  readonly version: number
  readonly text: string
}

/** Why a reader cannot read what a writer wrote: one fault, at one place. */
export interface Incompatibility {
  /** One of the type's own names, such as Avro's READER_FIELD_MISSING_DEFAULT_VALUE (Java's SchemaIncompatibilityType). */
  readonly type: string
  /** A JSON pointer into the reader's schema, as Java's SchemaCompatibility gives it: `/fields/2`. */
  readonly path: string
  /** What is wrong, in a sentence for people. */
  readonly description: string
  /** What Java's Incompatibility.getMessage() says of it, such as `age`: part of Confluent's verbose answers. */
  readonly message: string
}

/** A schema that has been read and found valid. */
export interface Schema {
  readonly type: string
  /** The text as the registry stores and answers it (Confluent's `canonicalString`), which decides whether two are the same. */
  readonly canonicalText: string
  /** `canonicalText` after normalization (Confluent's `normalize=true`): equal for schemas that differ in spelling alone. */
  readonly normalizedText: string
  /** The text in one of the type's other formats (`format=resolved`); `canonicalText` for '' and for a format that it does not know. */
  formatted(format: string): string
  /** What keeps this schema, as the reader's, from reading what `writer` wrote: empty when it can read all of it. */
  incompatibilitiesWith(writer: Schema): readonly Incompatibility[]
}

export interface ParseOptions {
  /**
   * The text is one that the registry's topic holds already. It may have been written by an older version that checked less, so
   * that names and defaults are not held to what is asked of a new one.
   */
  readonly isStored?: boolean
}

/** A kind of schema. */
export interface SchemaType {
  /** As `schemaType` says it over HTTP: AVRO, JSON, PROTOBUF. */
  readonly name: string
  /**
   * Reads a schema. References come in an order in which each can be read after those before it, those of references included.
   * @throws InvalidSchemaError that says where and what
   */
  parse(text: string, references: readonly ResolvedReference[], options?: ParseOptions): Schema
}
