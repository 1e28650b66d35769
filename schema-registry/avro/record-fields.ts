// The fields of a record by their names, made once for each record: records of ten thousand fields are compared in linear time.

import type { AvroField, RecordNode } from './avro-node.ts'

const maps = new WeakMap<RecordNode, ReadonlyMap<string, AvroField>>()

export function fieldsByName(record: RecordNode): ReadonlyMap<string, AvroField> {
  const kept = maps.get(record)
  if (kept) return kept
  const map = new Map(record.fields.map(field => [field.name, field]))
  maps.set(record, map)
  return map
}

/** Fields of the writer's record that a field of the reader's could take its values from: of its name, and of its aliases. */
export function writtenFields(field: AvroField, writer: RecordNode): readonly AvroField[] {
  const fields = fieldsByName(writer)
  const direct = fields.get(field.name)
  if (field.aliases.length === 0) return direct ? [direct] : []
  return [field.name, ...field.aliases].flatMap(name => fields.get(name) ?? [])
}
