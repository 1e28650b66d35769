// Under which subject the schema of a record is registered. Confluent's TopicNameStrategy, RecordNameStrategy and
// TopicRecordNameStrategy (io.confluent.kafka.serializers.subject), or a function of one's own.

import { SerdeError } from './serde-error.ts'
import type { Part } from './wire-format.ts'

export interface SubjectQuestion {
  readonly topic: string
  readonly part: Part
  /** The full name of the record, enum or fixed; undefined for a schema without a name. */
  readonly recordName: string | undefined
}

export type SubjectStrategy = (question: SubjectQuestion) => string

export const subjectStrategies = {
  /** "orders-value": all records of a topic are versions of one schema. */
  topicName: ({ topic, part }) => `${topic}-${part}`,
  /** "com.acme.Order": whatever the topic. */
  recordName: question => named(question),
  /** "orders-com.acme.Order": several kinds of records in one topic, each with its own versions. */
  topicRecordName: question => `${question.topic}-${named(question)}`,
} as const satisfies Record<string, SubjectStrategy>

export type SubjectStrategyName = keyof typeof subjectStrategies

/** Throws a SerdeError for a name that is not known. */
export function subjectStrategyOf(given: SubjectStrategyName | SubjectStrategy): SubjectStrategy {
  if (typeof given === 'function') return given
  const strategy = subjectStrategies[given] as SubjectStrategy | undefined
  if (strategy !== undefined) return strategy
  const names = Object.keys(subjectStrategies).join(', ')
  throw new SerdeError('INVALID_ARGUMENT', `subject: "${given}" is not known; ${names} are, or give a function`)
}

function named({ recordName, part }: SubjectQuestion): string {
  if (recordName !== undefined) return recordName
  throw new SerdeError(
    'INVALID_ARGUMENT',
    `the schema of the ${part} has no name, which the subject is to be made of`,
    {
      help: 'make it a record, or use the subject strategy topicName',
    },
  )
}
