// The schema language: fields as values. One declaration covers every version of a message; the TypeScript types of what
// is decoded and of what may be encoded are derived from it.
// Source: the semantics of Kafka's message definitions (clients/src/main/resources/common/message/README.md, Kafka 4.3.0).

import type { Int64 } from './int64.ts'
import type { Uuid } from './uuid.ts'
import type { Part } from './writer.ts'

export type PrimitiveName =
  | 'int8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'int64' | 'float64' | 'bool' | 'string' | 'bytes' | 'records' | 'uuid' // biome-ignore format: a table

export type FieldType =
  | { readonly kind: PrimitiveName }
  | { readonly kind: 'array'; readonly element: Field<unknown, unknown> }
  | { readonly kind: 'struct'; readonly fields: Fields }

/** A tagged field that this schema does not know; kept, and written back. */
export interface UnknownTag {
  readonly tag: number
  readonly data: Uint8Array
}

interface FieldOptions {
  readonly since: number
  readonly until: number
  readonly tag: number | undefined
  readonly nullableSince: number
  readonly nullableUntil: number
  readonly defaultValue: unknown
  readonly ignorable: boolean
  readonly neverFlexible: boolean
}

const plain: FieldOptions = {
  since: 0,
  until: Number.POSITIVE_INFINITY,
  tag: undefined,
  nullableSince: Number.POSITIVE_INFINITY,
  nullableUntil: Number.NEGATIVE_INFINITY,
  defaultValue: undefined,
  ignorable: false,
  neverFlexible: false,
}

/** One field: its type, and in which versions it is there, tagged or nullable. Immutable: every method answers a new one. */
export class Field<Decoded, Input = Decoded> {
  declare readonly decoded: Decoded
  declare readonly input: Input
  readonly type: FieldType
  readonly options: FieldOptions

  constructor(type: FieldType, options: FieldOptions = plain) {
    this.type = type
    this.options = options
  }

  #with(options: Partial<FieldOptions>): Field<Decoded, Input> {
    return new Field(this.type, { ...this.options, ...options })
  }

  /** First version that has the field. */
  since(version: number): Field<Decoded, Input> {
    return this.#with({ since: version })
  }
  /** Last version that has the field. */
  until(version: number): Field<Decoded, Input> {
    return this.#with({ until: version })
  }
  /** Sent as a tagged field, in every version that has it. Absent on the wire when it equals the default. */
  tag(tag: number): Field<Decoded, Input> {
    return this.#with({ tag })
  }
  /** What an absent field means. Without it: zero, false, empty, or a struct of defaults. */
  default(value: Input): Field<Decoded, Input> {
    return this.#with({ defaultValue: value })
  }
  /** May be set to something that a version cannot carry, and is then left out. Otherwise that is an EncodeError. */
  ignorable(): Field<Decoded, Input> {
    return this.#with({ ignorable: true })
  }
  /** Keeps the old length prefix also in flexible versions (RequestHeader.clientId). */
  neverFlexible(): Field<Decoded, Input> {
    return this.#with({ neverFlexible: true })
  }
  /** Null is allowed in these versions. Used through `nullable()`. */
  orNull(since: number, until: number): Field<Decoded | null, Input | null> {
    return new Field<Decoded | null, Input | null>(this.type, {
      ...this.options,
      nullableSince: since,
      nullableUntil: until,
    })
  }
}

// biome-ignore lint/suspicious/noExplicitAny: both directions of inference pass through here
export type AnyField = Field<any, any>
export type Fields = { readonly [name: string]: AnyField }

/** What decoding a struct of these fields answers: every field, those that the version lacks at their default. */
export type DecodedFields<F extends Fields> = { -readonly [Name in keyof F]: F[Name]['decoded'] } & {
  unknownTags?: UnknownTag[]
}
/** What may be encoded: fields left out take their default. */
export type InputFields<F extends Fields> = { readonly [Name in keyof F]?: F[Name]['input'] } & {
  readonly unknownTags?: readonly UnknownTag[]
}

const primitive = <Decoded, Input = Decoded>(kind: PrimitiveName) => new Field<Decoded, Input>({ kind })

export const int8 = primitive<number>('int8')
export const int16 = primitive<number>('int16')
export const uint16 = primitive<number>('uint16')
export const int32 = primitive<number>('int32')
export const uint32 = primitive<number>('uint32')
export const int64 = primitive<Int64>('int64')
export const float64 = primitive<number>('float64')
export const bool = primitive<boolean>('bool')
export const string = primitive<string>('string')
export const bytes = primitive<Buffer, Uint8Array>('bytes')
/** Record batches: decoded as a view, encoded from bytes or from the range of a file. */
export const records = primitive<Buffer, Part>('records')
export const uuid = primitive<Uuid>('uuid')

/** A nested struct. */
export function struct<F extends Fields>(fields: F): Field<DecodedFields<F>, InputFields<F>> {
  return new Field({ kind: 'struct', fields })
}

/** An array of a field type, or of structs when fields are given. */
export function array<F extends Fields>(element: F): Field<DecodedFields<F>[], readonly InputFields<F>[]>
export function array<Decoded, Input>(element: Field<Decoded, Input>): Field<Decoded[], readonly Input[]>
export function array(element: Fields | AnyField): AnyField {
  return new Field({ kind: 'array', element: element instanceof Field ? element : struct(element) })
}

/** The field, allowed to be null from one version on (and up to another). */
export function nullable<Decoded, Input>(
  field: Field<Decoded, Input>,
  since = 0,
  until = Number.POSITIVE_INFINITY,
): Field<Decoded | null, Input | null> {
  return field.orNull(since, until)
}
