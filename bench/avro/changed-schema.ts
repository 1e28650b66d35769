// A schema with a few changes, as people make them over the years; and some that nobody should make.

import type { SeededRandom } from '../../io/sim/random.ts'
import { type Made, primitives, SchemaMaker } from './made-schema.ts'

type Objects = Map<string, Made>

export const copyOf = (value: Made): Made => {
  if (Array.isArray(value)) return value.map(copyOf)
  return value instanceof Map ? new Map([...value].map(([key, item]) => [key, copyOf(item)])) : value
}

/** Where a type stands, so that another may be put there. */
interface Slot {
  readonly get: () => Made
  readonly set: (type: Made) => void
}

/** @param isBreaking whether changes may be such that the schema is valid no more */
export function changedSchema(schema: Made, random: SeededRandom, isBreaking: boolean): Made {
  const root = { type: copyOf(schema) }
  for (let changes = 1 + random.int(3); changes > 0; changes--) {
    const slots = slotsBelow({ get: () => root.type, set: type => (root.type = type) })
    if (isBreaking && random.chance(0.7)) breakOne(slots, random)
    else changeOne(random.pick(slots), random)
  }
  return root.type
}

function slotsBelow(slot: Slot): Slot[] {
  const type = slot.get()
  if (Array.isArray(type))
    return [slot, ...type.flatMap((_, i) => slotsBelow({ get: () => type[i]!, set: other => (type[i] = other) }))]
  if (!(type instanceof Map)) return [slot]
  const keys = ['items', 'values'].filter(key => type.has(key))
  const fields = type.get('fields')
  const below = [...keys.map(key => slotAt(type, key)), ...(Array.isArray(fields) ? fields.flatMap(fieldSlot) : [])]
  return [slot, ...below.flatMap(slotsBelow)]
}

const slotAt = (object: Objects, key: string): Slot => ({
  get: () => object.get(key)!,
  set: type => object.set(key, type),
})
const fieldSlot = (field: Made): Slot[] => (field instanceof Map && field.has('type') ? [slotAt(field, 'type')] : [])

function changeOne(slot: Slot, random: SeededRandom): void {
  const type = slot.get()
  const maker = new SchemaMaker(random)
  const kind = random.int(10)
  if (kind === 0) slot.set(random.pick(primitives))
  else if (kind === 1) slot.set(maker.type(undefined))
  else if (kind === 2 && !Array.isArray(type)) slot.set(random.chance(0.5) ? ['null', type] : [type, 'null', 'double'])
  else if (Array.isArray(type)) changeUnion(slot, type, random)
  else if (type instanceof Map) changeObject(type, random, maker)
  else
    slot.set(
      random.pick(
        { int: ['long', 'float'], long: ['double', 'int'], float: ['double'], string: ['bytes'], bytes: ['string'] }[
          type as string
        ] ?? primitives,
      ),
    )
}

function changeUnion(slot: Slot, types: Made[], random: SeededRandom): void {
  const kind = random.int(4)
  if (kind === 0) slot.set(types[0] ?? 'null')
  else if (kind === 1) types.push(random.pick(primitives))
  else if (kind === 2) types.reverse()
  else types.splice(random.int(types.length), 1)
}

function changeObject(type: Objects, random: SeededRandom, maker: SchemaMaker): void {
  const [fields, symbols] = [type.get('fields'), type.get('symbols')]
  if (type.has('name') && random.chance(0.2)) rename(type, random)
  else if (Array.isArray(fields)) changeFields(fields as Objects[], random, maker)
  else if (Array.isArray(symbols)) changeSymbols(type, symbols, random)
  else if (type.has('size')) type.set('size', random.pick([1n, 4n, 12n]))
  else type.set('logicalType', 'date')
}

function rename(type: Objects, random: SeededRandom): void {
  const old = type.get('name') as Made
  const kind = random.int(4)
  if (kind === 0) type.set('namespace', random.pick(['a', 'z', '']))
  else type.set('name', random.pick(['Renamed', 'A', 'Card']))
  if (kind > 1) type.set('aliases', [old])
}

function changeFields(fields: Objects[], random: SeededRandom, maker: SchemaMaker): void {
  const kind = random.int(6)
  const name = `added${random.int(3)}`
  const field = fields[random.int(fields.length)]
  // An earlier change may have left something else there.
  if (kind === 0 || !(field instanceof Map))
    fields.splice(random.int(fields.length + 1), 0, maker.field(name, undefined))
  else if (kind === 1) fields.splice(fields.indexOf(field), 1)
  else if (kind === 2) fields.reverse()
  else if (kind === 3) field.delete('default')
  else {
    if (kind === 4) field.set('aliases', [field.get('name') as Made])
    field.set('name', name)
  }
}

function changeSymbols(type: Objects, symbols: Made[], random: SeededRandom): void {
  const kind = random.int(3)
  if (kind === 0) symbols.push(`NEW${random.int(3)}`)
  else if (kind === 1) symbols.splice(random.int(symbols.length), 1)
  else type.set('default', symbols[0] ?? 'NONE')
}

function breakOne(slots: readonly Slot[], random: SeededRandom): void {
  const maker = new SchemaMaker(random)
  const objects = slots.flatMap(slot => {
    const type = slot.get()
    const fields = type instanceof Map ? type.get('fields') : undefined
    return type instanceof Map
      ? [type, ...(Array.isArray(fields) ? fields.filter(field => field instanceof Map) : [])]
      : []
  })
  if (objects.length === 0 || random.chance(0.1)) {
    random.pick(slots).set(maker.json(2))
    return
  }
  const object = random.pick(objects)
  const key = random.pick([...object.keys()])
  const kind = random.int(4)
  if (kind === 0) object.delete(key)
  else if (kind === 1) object.set(key, maker.json(2))
  else if (kind === 2)
    object.set('name', random.pick(['int', '1a', 'a-b', '', 'ä', 'a.b.', 'x..y', 'string', '.R', 'é.R']))
  else {
    const list = object.get('fields') ?? object.get('symbols') ?? object.get('aliases')
    if (Array.isArray(list) && list.length > 0) list.push(copyOf(list[0]!))
    else object.set(random.pick(['namespace', 'default', 'order', 'aliases', 'size']), maker.json(1))
  }
}
