// ElectLeaders: the preferred replica leads again, or somebody alive does, at the cost of what only others had (unclean).
// Source: ReplicationControlManager.electLeaders, Kafka 4.3.0; KIP-460.

import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import type { electLeaders as api } from '../../../protocol/messages/elect-leaders.ts'
import type { Message, MessageInput } from '../../../protocol/wire/schema.ts'
import type { PartitionImage, TopicImage } from '../metadata-image.ts'
import type { RecordInput } from '../metadata-record.ts'
import { type Decision, type DecisionContext, type Refusal, recordsPerRequestMax, refuse } from './decision.ts'
import { type Changes, electionChanges } from './leadership.ts'

type Request = Message<typeof api.request>
type Response = MessageInput<typeof api.response>
type TopicResult = NonNullable<Response['replicaElectionResults']>[number]

/** By the number on the wire; version 0 only knows the first. */
const elections = ['preferred', 'unclean'] as const
type Election = (typeof elections)[number]

export function electLeaders(context: DecisionContext, request: Request): Decision<Response> {
  if (request.topicPartitions?.length === 0) return answer([])
  const election = elections[request.electionType]
  if (!election) return refuseAll(request, errors.INVALID_REQUEST, `election type ${request.electionType} is unknown`)
  const elector = new Elector(context, election)
  const results = request.topicPartitions ? elector.named(request.topicPartitions) : elector.all()
  if (elector.records.length > recordsPerRequestMax) {
    const text = `one request may elect ${recordsPerRequestMax} leaders: name fewer partitions`
    return refuseAll(request, errors.POLICY_VIOLATION, text)
  }
  return answer(results, elector.records)
}

class Elector {
  readonly records: RecordInput[] = []
  readonly #image: DecisionContext['image']
  readonly #election: Election
  readonly #changeOf: Changes

  constructor(context: DecisionContext, election: Election) {
    this.#image = context.image
    this.#election = election
    this.#changeOf = electionChanges(context, election)
  }

  named(wanted: NonNullable<Request['topicPartitions']>): TopicResult[] {
    return wanted.map(({ topic: name, partitions }) => {
      const topic = this.#image.topicByName(name)
      const results = partitions.map(index => result(index, this.#elect(topic, index)))
      return { topic: name, partitionResult: results }
    })
  }

  /** Every topic is named; of its partitions only those that are led by another, or by nobody. */
  all(): TopicResult[] {
    return Array.from(this.#image.topics(), topic => {
      const outcomes = topic.partitions.map(({ index }) => ({ index, outcome: this.#elect(topic, index) }))
      const needed = outcomes.filter(({ outcome }) => outcome.error !== errors.ELECTION_NOT_NEEDED)
      return { topic: topic.name, partitionResult: needed.map(({ index, outcome }) => result(index, outcome)) }
    })
  }

  #elect(topic: TopicImage | undefined, index: number): Refusal {
    const partition = topic?.partitions[index]
    if (!topic || !partition) {
      return refuse(
        errors.UNKNOWN_TOPIC_OR_PARTITION,
        topic ? `${topic.name} has no partition ${index}` : 'no such topic',
      )
    }
    if (this.#isNeedless(partition)) return refuse(errors.ELECTION_NOT_NEEDED, errors.ELECTION_NOT_NEEDED.text)
    const record = this.#changeOf(topic, partition)
    if (!record) return this.#nobody()
    this.records.push(record)
    return refuse(errors.NONE, null)
  }

  #isNeedless({ leader, replicas }: PartitionImage): boolean {
    return this.#election === 'preferred' ? leader === replicas[0] : leader !== -1
  }

  #nobody(): Refusal {
    const error =
      this.#election === 'preferred' ? errors.PREFERRED_LEADER_NOT_AVAILABLE : errors.ELIGIBLE_LEADERS_NOT_AVAILABLE
    return refuse(error, error.text)
  }
}

function answer(replicaElectionResults: TopicResult[], records: readonly RecordInput[] = []): Decision<Response> {
  return { records, response: { errorCode: errors.NONE.code, replicaElectionResults } }
}

function refuseAll(request: Request, error: ProtocolError, message: string): Decision<Response> {
  const topics = request.topicPartitions ?? []
  const replicaElectionResults = topics.map(({ topic, partitions }) => ({
    topic,
    partitionResult: partitions.map(index => result(index, refuse(error, message))),
  }))
  return { records: [], response: { errorCode: error.code, replicaElectionResults } }
}

function result(partitionId: number, { error, message }: Refusal) {
  return { partitionId, errorCode: error.code, errorMessage: message }
}
