// Topics that come into being because somebody asked about them: user topics with the broker's defaults, internal ones
// with theirs. Source: Kafka 4.3.0's DefaultAutoTopicCreationManager; unlike there the answer waits for the topic, which
// takes a write and no round trip, so that clients need no retry.

import { errorName, errors } from '../../protocol/errors.ts'
import type { Services } from './services.ts'
import { isLegalTopicName, offsetsTopic, transactionsTopic } from './topic-name.ts'

/**
 * Creates those that are missing; answers the error code of each that is still not there: INVALID_TOPIC_EXCEPTION for a
 * name that no topic can have, otherwise UNKNOWN_TOPIC_OR_PARTITION as in Kafka, with the reason in the log.
 */
export async function createMissingTopics(services: Services, names: readonly string[]): Promise<Map<string, number>> {
  const refused = new Map<string, number>()
  const legal: string[] = []
  for (const name of names) {
    if (isLegalTopicName(name)) legal.push(name)
    else refused.set(name, errors.INVALID_TOPIC_EXCEPTION.code)
  }
  if (legal.length === 0) return refused
  const { topics = [] } = await services.metadata.createTopics({
    topics: legal.map(name => creatableTopic(services, name)),
    timeoutMs: services.config.int('request.timeout.ms'),
    validateOnly: false,
  })
  for (const { name = '', errorCode = 0, errorMessage } of topics) {
    // Somebody else may have been quicker.
    if (errorCode === 0 || errorCode === errors.TOPIC_ALREADY_EXISTS.code) continue
    refused.set(name, errors.UNKNOWN_TOPIC_OR_PARTITION.code)
    const reason = errorMessage ?? errorName(errorCode)
    services.world.logger.warn({ topic: name, reason }, 'a topic that a client asked for could not be created')
  }
  return refused
}

function creatableTopic({ config }: Services, name: string) {
  if (name === offsetsTopic) {
    return {
      name,
      numPartitions: config.int('offsets.topic.num.partitions'),
      replicationFactor: config.int('offsets.topic.replication.factor'),
      assignments: [],
      configs: [
        { name: 'cleanup.policy', value: 'compact' },
        { name: 'compression.type', value: 'producer' },
        { name: 'segment.bytes', value: config.text('offsets.topic.segment.bytes') },
      ],
    }
  }
  if (name === transactionsTopic) {
    return {
      name,
      numPartitions: config.int('transaction.state.log.num.partitions'),
      replicationFactor: config.int('transaction.state.log.replication.factor'),
      assignments: [],
      configs: [
        { name: 'unclean.leader.election.enable', value: 'false' },
        { name: 'compression.type', value: 'uncompressed' },
        { name: 'cleanup.policy', value: 'compact' },
        { name: 'min.insync.replicas', value: config.text('transaction.state.log.min.isr') },
        { name: 'segment.bytes', value: config.text('transaction.state.log.segment.bytes') },
      ],
    }
  }
  return { name, numPartitions: -1, replicationFactor: -1, assignments: [], configs: [] }
}
