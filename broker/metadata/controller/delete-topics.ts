// DeleteTopics, by name and (from version 6) by id. Source: ControllerApis.deleteTopics, Kafka 4.3.0.

import { errors } from '../../../protocol/errors.ts'
import type { deleteTopics as api } from '../../../protocol/messages/delete-topics.ts'
import type { Message, MessageInput } from '../../../protocol/wire/schema.ts'
import { type Uuid, zeroUuid } from '../../../protocol/wire/uuid.ts'
import type { TopicImage } from '../metadata-image.ts'
import { type RecordInput, recordInput } from '../metadata-record.ts'
import type { Decision, DecisionContext, Refusal } from './decision.ts'
import { refuse } from './decision.ts'
import { duplicateNames } from './duplicate-names.ts'

type Request = Message<typeof api.request>
type Response = MessageInput<typeof api.response>
type Result = NonNullable<Response['responses']>[number]

/** A topic as the request names it. */
interface Wanted {
  readonly name: string | null
  readonly id: Uuid
}

export function deleteTopics(context: DecisionContext, request: Request, apiVersion: number): Decision<Response> {
  const wanted: Wanted[] = [
    ...request.topicNames.map(name => ({ name, id: zeroUuid })),
    ...request.topics.map(({ name, topicId }) => ({ name, id: topicId })),
  ]
  if (!context.config.boolean('delete.topic.enable'))
    return { records: [], response: { responses: disabled(wanted, apiVersion) } }
  const results: Result[] = []
  const found = new Map<Uuid, TopicImage>()
  const refused = (topic: Wanted, refusal: Refusal): void => void results.push(result(topic, refusal))
  for (const topic of distinct(wanted, refused)) {
    const existing = find(context, topic)
    if ('error' in existing) refused(topic, existing)
    else if (!found.has(existing.id)) found.set(existing.id, existing)
    else {
      // Named twice, once by name and once by id. As in Kafka neither counts.
      found.delete(existing.id)
      refused(
        { name: existing.name, id: existing.id },
        refuse(errors.INVALID_REQUEST, `topic ${existing.name} is named by name and by id`),
      )
    }
  }
  const records: RecordInput[] = []
  for (const topic of found.values()) {
    records.push(recordInput('removeTopic', 0, { topicId: topic.id }))
    results.push(result(topic, refuse(errors.NONE, null)))
  }
  return { records, response: { responses: results } }
}

/** Each topic that is named once and in one way; the others are refused. */
function distinct(wanted: readonly Wanted[], refused: (topic: Wanted, refusal: Refusal) => void): Wanted[] {
  const wrong = (message: string): Refusal => refuse(errors.INVALID_REQUEST, message)
  const sound = wanted.filter(topic => {
    if (topic.name === null && topic.id === zeroUuid)
      refused(topic, wrong('a topic is named neither by name nor by id'))
    else if (topic.name !== null && topic.id !== zeroUuid)
      refused(topic, wrong('name a topic by name or by id, not by both'))
    else return true
    return false
  })
  const keys = sound.map(({ name, id }) => name ?? id)
  const duplicates = duplicateNames(keys)
  for (const key of duplicates) {
    const topic = sound[keys.indexOf(key)]!
    refused(topic, wrong(`topic ${key} stands in the request more than once`))
  }
  return sound.filter((_, at) => !duplicates.has(keys[at]!))
}

function find({ image }: DecisionContext, { name, id }: Wanted): TopicImage | Refusal {
  if (name === null) return image.topicById(id) ?? refuse(errors.UNKNOWN_TOPIC_ID, errors.UNKNOWN_TOPIC_ID.text)
  return image.topicByName(name) ?? refuse(errors.UNKNOWN_TOPIC_OR_PARTITION, errors.UNKNOWN_TOPIC_OR_PARTITION.text)
}

function disabled(wanted: readonly Wanted[], apiVersion: number): Result[] {
  // Before version 3 there was no code for it.
  const error = apiVersion < 3 ? errors.INVALID_REQUEST : errors.TOPIC_DELETION_DISABLED
  return wanted.map(topic => result(topic, refuse(error, 'topics cannot be deleted: delete.topic.enable is false')))
}

function result({ name, id }: Wanted, { error, message }: Refusal): Result {
  return { name, topicId: id, errorCode: error.code, errorMessage: message }
}
