// Topics: create, delete, list, describe, more partitions. Sources: CreateTopics, DeleteTopics, CreatePartitions, Metadata,
// DescribeTopicPartitions; Java's Admin methods stand in brackets.

import { createPartitions } from '../../protocol/messages/create-partitions.ts'
import { createTopics } from '../../protocol/messages/create-topics.ts'
import { deleteTopics } from '../../protocol/messages/delete-topics.ts'
import { metadata } from '../../protocol/messages/metadata.ts'
import type { Message } from '../../protocol/wire/schema.ts'
import { type Uuid, zeroUuid } from '../../protocol/wire/uuid.ts'
import { ClientError } from '../client-error.ts'
import type { Broker } from '../cluster/broker.ts'
import { check, failure, keyed, only } from './answers.ts'
import { type Attempt, brokerTimeoutMs, type CallOptions, type ValidateOption } from './call-options.ts'
import type { AdminCalls } from './calls.ts'
import { type ConfigEntry, configEntryFrom } from './config-entry.ts'
import type { Outcomes } from './outcomes.ts'
import { controllerRoute } from './routing/controller-route.ts'
import {
  askDescriptions,
  askDescriptionsById,
  type DescribeTopicOptions,
  type TopicDescription,
} from './topic-descriptions.ts'

export interface NewTopic {
  readonly name: string
  /** The broker's num.partitions when left out. */
  readonly partitions?: number
  /** The broker's default.replication.factor when left out. */
  readonly replicationFactor?: number
  /** The brokers of each partition in place of the two numbers; the first of each leads. */
  readonly assignments?: readonly (readonly number[])[]
  readonly configs?: Readonly<Record<string, string>>
}

export interface CreatedTopic {
  readonly name: string
  /** All zeros when the broker does not say (before version 7), and when it was only validated. */
  readonly topicId: Uuid
  /** -1 when the broker does not say (before version 5). */
  readonly partitions: number
  readonly replicationFactor: number
  /** By name; empty when the broker does not say, or may not. */
  readonly configs: ReadonlyMap<string, ConfigEntry>
}

export interface TopicListing {
  readonly name: string
  readonly topicId: Uuid
  /** Of the platform's own: __consumer_offsets and its like. */
  readonly isInternal: boolean
  readonly partitions: number
  readonly replicationFactor: number
}

export interface NewPartitions {
  readonly name: string
  /** How many there are to be, those that exist included. */
  readonly count: number
  /** The brokers of each new partition. */
  readonly assignments?: readonly (readonly number[])[]
}

/** The first version that takes "as many as the broker says". */
const defaultsSince = 4
const namesUntil = 5

export class TopicAdmin {
  readonly #calls: AdminCalls

  constructor(calls: AdminCalls) {
    this.#calls = calls
  }

  /** Creates a topic. Rejects with TOPIC_ALREADY_EXISTS, INVALID_CONFIG, … [createTopics] */
  async create(topic: string | NewTopic, options: CallOptions & ValidateOption = {}): Promise<CreatedTopic> {
    return only(await this.createAll([topic], options))
  }

  /** The outcome of each, by name. [createTopics] */
  createAll(
    topics: Iterable<string | NewTopic>,
    options: CallOptions & ValidateOption = {},
  ): Promise<Outcomes<string, CreatedTopic>> {
    const wanted = [...topics].map(topic => (typeof topic === 'string' ? { name: topic } : topic))
    for (const topic of wanted) checkCounts(topic)
    const items = keyed<NewTopic>(wanted, ({ name }) => name)
    const { validateOnly = false } = options
    return this.#calls.run(
      {
        what: 'create topics',
        items,
        route: controllerRoute(this.#calls.cluster),
        ask: async (broker, some, attempt) => {
          const asked = [...some.values()]
          const needsDefaults = asked.some(
            topic => !topic.assignments && !(topic.partitions && topic.replicationFactor),
          )
          const versions = needsDefaults ? ([defaultsSince, createTopics.versions[1]] as const) : createTopics.versions
          const body = { topics: asked.map(newTopicBody), timeoutMs: brokerTimeoutMs(attempt), validateOnly }
          const answer = await broker.request(createTopics, body, { ...attempt, versions })
          return new Map(answer.topics.map(topic => [topic.name, createdFrom(topic)]))
        },
      },
      options,
    )
  }

  /** Deletes a topic and all its records. [deleteTopics] */
  async delete(name: string, options: CallOptions = {}): Promise<void> {
    only(await this.deleteAll([name], options))
  }

  /** The outcome of each, by name. [deleteTopics] */
  deleteAll(names: Iterable<string>, options: CallOptions = {}): Promise<Outcomes<string, void>> {
    const items = keyed(names, name => name)
    return this.#calls.run(
      {
        what: 'delete topics',
        items,
        route: controllerRoute(this.#calls.cluster),
        ask: async (broker, some, attempt) => {
          const topicNames = [...some.keys()]
          const timeoutMs = brokerTimeoutMs(attempt)
          const answer = await broker.request(
            deleteTopics,
            version =>
              version <= namesUntil
                ? { topicNames, timeoutMs }
                : { topics: topicNames.map(name => ({ name, topicId: zeroUuid })), timeoutMs },
            attempt,
          )
          return new Map(answer.responses.map(each => [each.name ?? '', deletedFrom(each, each.name ?? undefined)]))
        },
      },
      options,
    )
  }

  /** The same by the topics' ids, which a topic of the same name that is created later does not have. [deleteTopics] */
  deleteAllById(topicIds: Iterable<Uuid>, options: CallOptions = {}): Promise<Outcomes<Uuid, void>> {
    const items = keyed(topicIds, topicId => topicId)
    return this.#calls.run(
      {
        what: 'delete topics by their ids',
        items,
        route: controllerRoute(this.#calls.cluster),
        ask: async (broker, some, attempt) => {
          const topics = [...some.keys()].map(topicId => ({ name: null, topicId }))
          const body = { topics, timeoutMs: brokerTimeoutMs(attempt) }
          const versions = [namesUntil + 1, deleteTopics.versions[1]] as const
          const answer = await broker.request(deleteTopics, body, { ...attempt, versions })
          return new Map(answer.responses.map(each => [each.topicId, deletedFrom(each, each.name ?? each.topicId)]))
        },
      },
      options,
    )
  }

  /** All topics, in the order of their names. [listTopics] */
  async list(options: CallOptions & { readonly internal?: boolean } = {}): Promise<TopicListing[]> {
    const body = { topics: null, allowAutoTopicCreation: false }
    const ask = async (broker: Broker, attempt: Attempt) => {
      const answer = await broker.request(metadata, body, attempt)
      check(answer.errorCode)
      return answer
    }
    const { topics } = await this.#calls.one('list topics', ask, options)
    const listed = topics.filter(({ isInternal }) => options.internal || !isInternal).map(listingFrom)
    return listed.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Rejects with UNKNOWN_TOPIC_OR_PARTITION when there is none of that name. [describeTopics] */
  async describe(name: string, options: CallOptions & DescribeTopicOptions = {}): Promise<TopicDescription> {
    return only(await this.describeAll([name], options))
  }

  /** The outcome of each, by name. [describeTopics] */
  describeAll(
    names: Iterable<string>,
    options: CallOptions & DescribeTopicOptions = {},
  ): Promise<Outcomes<string, TopicDescription>> {
    return this.#calls.run(
      {
        what: 'describe topics',
        items: keyed(names, name => name),
        route: controllerRoute(this.#calls.cluster),
        ask: (broker, some, attempt) => askDescriptions(broker, [...some.keys()], options, attempt),
      },
      options,
    )
  }

  /** The outcome of each, by topic id. [describeTopics] */
  describeAllById(
    topicIds: Iterable<Uuid>,
    options: CallOptions & DescribeTopicOptions = {},
  ): Promise<Outcomes<Uuid, TopicDescription>> {
    return this.#calls.run(
      {
        what: 'describe topics by their ids',
        items: keyed(topicIds, topicId => topicId),
        route: controllerRoute(this.#calls.cluster),
        ask: (broker, some, attempt) => askDescriptionsById(broker, [...some.keys()], options, attempt),
      },
      options,
    )
  }

  /** Gives a topic more partitions, so many in all; keys go elsewhere from then on. [createPartitions] */
  async addPartitions(name: string, count: number, options: CallOptions & ValidateOption = {}): Promise<void> {
    only(await this.addPartitionsAll([{ name, count }], options))
  }

  /** The outcome of each, by name. [createPartitions] */
  addPartitionsAll(
    topics: Iterable<NewPartitions>,
    options: CallOptions & ValidateOption = {},
  ): Promise<Outcomes<string, void>> {
    const { validateOnly = false } = options
    return this.#calls.run(
      {
        what: 'create partitions',
        items: keyed(topics, ({ name }) => name),
        route: controllerRoute(this.#calls.cluster),
        ask: async (broker, some, attempt) => {
          const asked = [...some.values()].map(({ name, count, assignments }) => {
            return { name, count, assignments: assignments?.map(brokerIds => ({ brokerIds })) ?? null }
          })
          const body = { topics: asked, timeoutMs: brokerTimeoutMs(attempt), validateOnly }
          const { results } = await broker.request(createPartitions, body, attempt)
          return new Map(
            results.map(({ name, errorCode, errorMessage }) => [
              name,
              failure(errorCode, { topic: name }, errorMessage),
            ]),
          )
        },
      },
      options,
    )
  }
}

// The wire has whole numbers only: 1.5 partitions would become 1 without a word.
function checkCounts({ name, partitions, replicationFactor }: NewTopic): void {
  for (const [what, count] of Object.entries({ partitions, replicationFactor })) {
    if (count === undefined || Number.isInteger(count)) continue
    throw new ClientError('INVALID_ARGUMENT', `${what} is ${count}`, { topic: name, help: 'give a whole number' })
  }
}

function newTopicBody({ name, partitions = -1, replicationFactor = -1, assignments, configs = {} }: NewTopic) {
  return {
    name,
    numPartitions: assignments ? -1 : partitions,
    replicationFactor: assignments ? -1 : replicationFactor,
    assignments: (assignments ?? []).map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
    configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
  }
}

function createdFrom(topic: Message<typeof createTopics.response>['topics'][number]): CreatedTopic | ClientError {
  const { name, topicId, errorCode, errorMessage, numPartitions: partitions, replicationFactor, configs } = topic
  const error = failure(errorCode, { topic: name }, errorMessage)
  if (error !== undefined) return error
  const entries = (configs ?? []).map(config => configEntryFrom(config))
  return { name, topicId, partitions, replicationFactor, configs: new Map(entries.map(entry => [entry.name, entry])) }
}

function deletedFrom(
  { errorCode, errorMessage }: { errorCode: number; errorMessage: string | null },
  topic: string | undefined,
): ClientError | undefined {
  return failure(errorCode, { topic, ...(errorCode === topicDeletionDisabled && deletionHelp) }, errorMessage)
}

const topicDeletionDisabled = 73
const deletionHelp = { help: 'the brokers forbid it: delete.topic.enable is false' }

function listingFrom(topic: Message<typeof metadata.response>['topics'][number]): TopicListing {
  const { topicId, isInternal, partitions } = topic
  const replicationFactor = partitions[0]?.replicaNodes.length ?? 0
  return { name: topic.name ?? '', topicId, isInternal, partitions: partitions.length, replicationFactor }
}
