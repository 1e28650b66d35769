// Values of `_schemas`, as Confluent's storage.*Value write them.
// One difference, on purpose: Confluent's community registry drops rule sets (RuleSetHandler), ours keeps them, as its paid one does.

import type { Config, Mode, SchemaVersion } from './entities.ts'
import { configFields, metadataJson, referenceJson, ruleSetJson } from './entity-json.ts'
import { objectOf, writeJson } from './java-json.ts'

export type SchemaRecord = Omit<SchemaVersion, 'guid' | 'timestampMs'>

export function schemaValue({ subject, version, id, content, isDeleted, unknown }: SchemaRecord): string {
  const { type, references, metadata, ruleSet, text } = content
  return writeJson(
    objectOf([
      ['subject', subject],
      ['version', version],
      ['id', id],
      ['schemaType', type],
      ['references', references.map(referenceJson)],
      ['metadata', metadata && metadataJson(metadata)],
      ['ruleSet', ruleSet && ruleSetJson(ruleSet)],
      ['schema', text],
      ['deleted', isDeleted],
      ...Object.entries(unknown ?? {}),
    ]),
  )
}

export const configValue = (subject: string | undefined, config: Config): string =>
  writeJson(objectOf([['subject', subject], ...configFields(config)]))

export const modeValue = (subject: string | undefined, mode: Mode): string =>
  writeJson(objectOf([['subject', subject], ['mode', mode]])) // biome-ignore format: one thought

/** @param version all up to it are deleted */
export const deleteSubjectValue = (subject: string, version: number): string =>
  writeJson(objectOf([['subject', subject], ['version', version]])) // biome-ignore format: one thought

export const clearSubjectValue = (subject: string | undefined): string => writeJson(objectOf([['subject', subject]]))
