// Logical types: what an attribute `logicalType` makes of a type. One that does not fit its type is no error: it is ignored.
// Source: the specification's chapter "Logical Types"; LogicalTypes.fromSchemaIgnoreInvalid, Avro 1.12.2.

import type { AvroNode } from './avro-node.ts'
import { type JsonObject, textAt } from './json-value.ts'

export interface DecimalType {
  readonly name: 'decimal'
  /** Digits, and how many of them stand behind the point. */
  readonly precision: number
  readonly scale: number
}

const kindOfSimple = {
  'big-decimal': 'bytes',
  date: 'int',
  'time-millis': 'int',
  'time-micros': 'long',
  'timestamp-millis': 'long',
  'timestamp-micros': 'long',
  'timestamp-nanos': 'long',
  'local-timestamp-millis': 'long',
  'local-timestamp-micros': 'long',
  'local-timestamp-nanos': 'long',
} as const

export type SimpleLogicalName = keyof typeof kindOfSimple | 'uuid' | 'duration'
export type LogicalType = DecimalType | { readonly name: SimpleLogicalName }

/** A type before its logical type is known. */
export interface Underlying {
  readonly kind: AvroNode['kind']
  /** Of a fixed type, in bytes. */
  readonly size?: number
  readonly props: JsonObject
}

const [uuidBytes, durationBytes] = [16, 12]
/** With one of these, which make Java's classes of a type, no logical type counts. */
const excluding = ['avro.java.string', 'java-class', 'java-key-class', 'java-element-class']

export function logicalTypeOf(type: Underlying): LogicalType | undefined {
  const name = textAt(type.props, 'logicalType')
  if (name === undefined || excluding.some(prop => textAt(type.props, prop) !== undefined)) return undefined
  if (name === 'decimal') return decimalOf(type)
  return isSimple(name) && fits(name, type) ? { name } : undefined
}

const isSimple = (name: string): name is SimpleLogicalName =>
  name === 'uuid' || name === 'duration' || Object.hasOwn(kindOfSimple, name)

function fits(name: SimpleLogicalName, { kind, size }: Underlying): boolean {
  if (name === 'uuid') return kind === 'string' || (kind === 'fixed' && size === uuidBytes)
  if (name === 'duration') return kind === 'fixed' && size === durationBytes
  return kind === kindOfSimple[name]
}

const int32Max = 0x7fff_ffffn

function intAt(props: JsonObject, key: string): number | undefined {
  const value = props.get(key)
  return typeof value === 'bigint' && value <= int32Max && value >= -int32Max - 1n ? Number(value) : undefined
}

function decimalOf({ kind, size = 0, props }: Underlying): DecimalType | undefined {
  const precision = intAt(props, 'precision')
  const scale = props.has('scale') ? intAt(props, 'scale') : 0
  if ((kind !== 'bytes' && kind !== 'fixed') || precision === undefined || scale === undefined) return undefined
  const isFitting =
    precision > 0 && (kind === 'bytes' || precision <= digitsOf(size)) && scale >= 0 && scale <= precision
  return isFitting ? { name: 'decimal', precision, scale } : undefined
}

/** Decimal digits that a signed whole number of so many bytes always holds. */
const digitsOf = (bytes: number) => Math.floor(Math.log10(2) * (8 * bytes - 1))
