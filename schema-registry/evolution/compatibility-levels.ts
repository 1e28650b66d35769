// What each compatibility level says of a new version of a subject, and what to do about it. Pure.
// Source: Confluent's documentation of compatibility types (which versions a level compares with, who is upgraded first).

import type { Incompatibility, Schema } from '../types/schema-type.ts'

export const compatibilityLevels = [
  'NONE',
  'BACKWARD',
  'BACKWARD_TRANSITIVE',
  'FORWARD',
  'FORWARD_TRANSITIVE',
  'FULL',
  'FULL_TRANSITIVE',
] as const

export type CompatibilityLevel = (typeof compatibilityLevels)[number]

export const isCompatibilityLevel = (text: string): text is CompatibilityLevel =>
  (compatibilityLevels as readonly string[]).includes(text)

/** `backward`: the new schema reads what the old one wrote; `forward`: the old schema reads what the new one writes. */
export type Direction = 'backward' | 'forward'

export interface EarlierVersion {
  readonly version: number
  readonly schema: Schema
}

export interface Fault {
  readonly version: number
  readonly direction: Direction
  readonly incompatibility: Incompatibility
}

export interface LevelVerdict {
  readonly level: CompatibilityLevel
  /** The versions that the level compares with. */
  readonly comparedWith: readonly number[]
  /** Empty: the level allows it. */
  readonly faults: readonly Fault[]
}

export function directionsOf(level: CompatibilityLevel): readonly Direction[] {
  if (level.startsWith('BACKWARD')) return ['backward']
  if (level.startsWith('FORWARD')) return ['forward']
  return level.startsWith('FULL') ? ['backward', 'forward'] : []
}

/** `earlier`: in the order of their numbers. */
export function verdictAt(
  level: CompatibilityLevel,
  candidate: Schema,
  earlier: readonly EarlierVersion[],
): LevelVerdict {
  const compared = level === 'NONE' ? [] : level.endsWith('_TRANSITIVE') ? earlier : earlier.slice(-1)
  const faults = compared.flatMap(({ version, schema }) =>
    directionsOf(level).flatMap(direction => {
      const found =
        direction === 'backward' ? candidate.incompatibilitiesWith(schema) : schema.incompatibilitiesWith(candidate)
      return found.map(incompatibility => ({ version, direction, incompatibility }))
    }),
  )
  return { level, comparedWith: compared.map(({ version }) => version), faults }
}

/** Who may be upgraded first when the level allows a change. */
export function upgradeOrder(level: CompatibilityLevel): string {
  const [direction, other] = directionsOf(level)
  if (direction === undefined) return 'producers and consumers together: nothing is promised'
  if (other !== undefined) return 'in any order'
  return direction === 'backward' ? 'consumers first' : 'producers first'
}

/** Who cannot read what, for people. */
export function directionSentence(direction: Direction, version: number): string {
  return direction === 'backward'
    ? `consumers with the new schema cannot read what was written with version ${version}`
    : `consumers with version ${version} cannot read what is written with the new schema`
}

/** By Java's SchemaIncompatibilityType. */
const advice: Readonly<Record<string, Readonly<Record<Direction, string>>>> = {
  READER_FIELD_MISSING_DEFAULT_VALUE: {
    backward: 'give the new field a default, or, if it was only renamed, its old name as an alias',
    forward: 'keep the field: it has no default in the older schema',
  },
  TYPE_MISMATCH: {
    backward: 'keep the type, or widen it (int to long, a type to a union with it), or add a field with the new type',
    forward: 'keep the type, or add a field with the new type beside it',
  },
  NAME_MISMATCH: {
    backward: 'keep the name, or give the type its old name as an alias',
    forward: 'keep the name: the older schema does not know the new one',
  },
  MISSING_ENUM_SYMBOLS: {
    backward: 'keep the symbols that are gone, or give the enum a default',
    forward: 'add no symbols: the enum of the older schema has no default for them',
  },
  MISSING_UNION_BRANCH: {
    backward: 'keep the branch that is gone',
    forward: 'add no branch: the older schema does not know it',
  },
  FIXED_SIZE_MISMATCH: {
    backward: 'keep the size, or add a field with a fixed type of another name',
    forward: 'keep the size, or add a field with a fixed type of another name',
  },
}

/** What to do about a fault; a general word for a type that is not known. */
export function adviceFor({ direction, incompatibility }: Fault): string {
  const otherwise = 'change the schema, or register it under another subject'
  return advice[incompatibility.type]?.[direction] ?? otherwise
}
