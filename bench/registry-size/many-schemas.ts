// Schemas as a company has them: many subjects, a few versions of each, every one with a field more. The same for the same number.

export interface ManySchema {
  readonly subject: string
  readonly version: number
  /** From 1. */
  readonly id: number
  /** As Avro writes it, so that every registry keeps it as it is. */
  readonly text: string
}

export const versionsOfSubject = 4
const fieldsAtFirst = 8
const types = ['string', 'long', 'int', 'double', 'boolean', 'bytes']

export function* manySchemas(count: number): Generator<ManySchema> {
  for (let i = 0; i < count; i++) {
    const [subject, version] = [Math.floor(i / versionsOfSubject), (i % versionsOfSubject) + 1]
    yield { subject: `topic-${subject}-value`, version, id: i + 1, text: textOf(subject, version) }
  }
}

function textOf(subject: number, version: number): string {
  const first = Array.from({ length: fieldsAtFirst }, (_, i) => ({
    name: `field_${i}_of_${subject}`,
    type: types[(subject + i) % types.length],
  }))
  const added = Array.from({ length: version - 1 }, (_, i) => ({
    name: `added_in_${i + 2}`,
    type: ['null', 'string'],
    default: null,
  }))
  const fields = [...first, ...added]
  return JSON.stringify({ type: 'record', name: `Event${subject}`, namespace: 'com.example.events', fields })
}
