// What the values of logical types are in JavaScript. One form for each, which loses nothing, and by which a union can tell them apart:
//   decimal, big-decimal              text       "12.50"
//   uuid                              text       "6c0a…"
//   date                              text       "2026-11-27"
//   time-millis, time-micros          text       "23:59:59.999"
//   local-timestamp-millis, -micros, -nanos  text  "2026-11-27T23:59:59.999"
//   timestamp-millis                  Date
//   timestamp-micros, -nanos          bigint     since 1970
//   duration                          { months, days, milliseconds }
// Source: the specification's chapter "Logical Types"; Conversions and TimeConversions, Avro 1.12.2.

import type { DecimalType, LogicalType } from '../logical-type.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { dateText, daysOf, localOf, localText, timeOf, timeText, type Unit } from './calendar-text.ts'
import { bigintOf, bytesOf, decimalText, digitsOf, parseDecimal, rescaled } from './decimal-text.ts'
import { AvroValueError, expected } from './value-error.ts'

/** By what a union tells branches apart. */
export type Shape = 'null' | 'boolean' | 'number' | 'string' | 'bytes' | 'array' | 'date' | 'object'

/** Raw values are those of the underlying type: a number or bigint for int and long, bytes for bytes and fixed, else a text. */
export interface Conversion {
  readonly shape: Shape
  /** @throws AvroValueError */
  toRaw(value: unknown): unknown
  /** @throws AvroValueError */
  fromRaw(raw: unknown): unknown
}

type Whole = number | bigint

/** @param fixedBytes the size of a fixed type, which decimals and uuids may be */
export function conversionOf(type: LogicalType, fixedBytes: number | undefined): Conversion {
  switch (type.name) {
    case 'decimal':
      return decimal(type, fixedBytes)
    case 'big-decimal':
      return bigDecimal
    case 'uuid':
      return uuid(fixedBytes !== undefined)
    case 'duration':
      return duration
    case 'date':
      return { shape: 'string', toRaw: daysOf, fromRaw: raw => dateText(raw as number) }
    case 'time-millis':
      return {
        shape: 'string',
        toRaw: text => Number(timeOf(text, 'millis')),
        fromRaw: raw => timeText(raw as number, 'millis'),
      }
    case 'time-micros':
      return {
        shape: 'string',
        toRaw: text => timeOf(text, 'micros'),
        fromRaw: raw => timeText(raw as Whole, 'micros'),
      }
    case 'timestamp-millis':
      return timestampMillis
    case 'timestamp-micros':
    case 'timestamp-nanos':
      return { shape: 'number', toRaw: value => value, fromRaw: raw => BigInt(raw as Whole) }
    default:
      return local(type.name.slice('local-timestamp-'.length) as Unit)
  }
}

const local = (unit: Unit): Conversion => ({
  shape: 'string',
  toRaw: text => localOf(text, unit),
  fromRaw: raw => localText(raw as Whole, unit),
})

const timestampMillis: Conversion = {
  shape: 'date',
  toRaw(value) {
    if (!(value instanceof Date) || Number.isNaN(value.getTime())) throw expected('A Date', value)
    return value.getTime()
  },
  fromRaw(raw) {
    const date = new Date(Number(raw))
    if (!Number.isNaN(date.getTime())) return date
    throw new AvroValueError(`A Date cannot say ${raw} ms; read it as the number it is, without logical types`)
  },
}

function decimal({ precision, scale }: DecimalType, fixedBytes: number | undefined): Conversion {
  return {
    shape: 'string',
    toRaw(value) {
      const unscaled = rescaled(parseDecimal(value), scale)
      if (digitsOf(unscaled) > precision)
        throw new AvroValueError(`The decimal ${value} has more than the ${precision} digits of its type`)
      return bytesOf(unscaled, fixedBytes)
    },
    fromRaw: raw => decimalText({ unscaled: bigintOf(raw as Uint8Array), scale }),
  }
}

const bigDecimal: Conversion = {
  shape: 'string',
  toRaw(value) {
    const { unscaled, scale } = parseDecimal(value)
    const out = new ByteWriter()
    out.bytes(bytesOf(unscaled))
    out.long(scale)
    return out.taken()
  },
  fromRaw(raw) {
    const from = new ByteReader(raw as Uint8Array)
    return decimalText({ unscaled: bigintOf(from.bytes()), scale: from.int() })
  },
}

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

function uuid(isFixed: boolean): Conversion {
  const check = (value: unknown): string => {
    if (typeof value === 'string' && uuidForm.test(value)) return value
    throw expected('A UUID as a text of 36 characters', value)
  }
  if (!isFixed) return { shape: 'string', toRaw: check, fromRaw: raw => raw }
  return {
    shape: 'string',
    toRaw: value => new Uint8Array(Buffer.from(check(value).replaceAll('-', ''), 'hex')),
    fromRaw: raw =>
      Buffer.from(raw as Uint8Array)
        .toString('hex')
        .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
  }
}

const durationParts = ['months', 'days', 'milliseconds'] as const
export type AvroDuration = Readonly<Record<(typeof durationParts)[number], number>>

const uint32Max = 0xffff_ffff

const duration: Conversion = {
  shape: 'object',
  toRaw(value) {
    if (typeof value !== 'object' || value === null) throw expected('A duration { months, days, milliseconds }', value)
    const bytes = Buffer.alloc(12)
    for (const [i, part] of durationParts.entries()) {
      const count = (value as Record<string, unknown>)[part]
      if (!Number.isInteger(count) || (count as number) < 0 || (count as number) > uint32Max) {
        throw expected(`A whole number from 0 to ${uint32Max}`, count).within(part)
      }
      bytes.writeUInt32LE(count as number, i * 4)
    }
    return new Uint8Array(bytes)
  },
  fromRaw(raw) {
    const bytes = Buffer.from(raw as Uint8Array)
    const [months, days, milliseconds] = [bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8)]
    return { months, days, milliseconds } satisfies AvroDuration
  },
}
