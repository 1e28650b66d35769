// The topic `_schemas`: created as Confluent's registry creates it, and never used as something else.
// Source: KafkaStore.createOrVerifySchemaTopic of Confluent's registry.

import type { Admin } from '../../client/admin/admin.ts'
import { ClientError } from '../../client/client-error.ts'
import type { Logger } from '../../io/logger.ts'

export interface SchemasTopicOptions {
  readonly topic: string
  /** What is wanted where there are brokers enough; 3. [kafkastore.topic.replication.factor] */
  readonly replicationFactor: number
  /** For each call; 60 s. [kafkastore.init.timeout.ms] */
  readonly timeoutMs: number
}

/** The topic is there and must not be used. */
export class SchemasTopicError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SchemasTopicError'
  }
}

/** Throws SchemasTopicError, or the ClientError of a cluster that does not answer or does not allow it. */
export async function createOrVerifyTopic(admin: Admin, options: SchemasTopicOptions, logger: Logger): Promise<void> {
  if (await verifyTopic(admin, options, logger)) return
  const { topic, timeoutMs } = options
  const { brokers } = await admin.cluster.describe({ timeoutMs })
  const replicationFactor = Math.max(1, Math.min(brokers.length, options.replicationFactor))
  try {
    const configs = { 'cleanup.policy': 'compact' }
    await admin.topics.create({ name: topic, partitions: 1, replicationFactor, configs }, { timeoutMs })
    warnOfReplicas(replicationFactor, options, logger)
  } catch (error) {
    // Another instance was quicker.
    if (!(error instanceof ClientError) || error.code !== 'TOPIC_ALREADY_EXISTS') throw error
    await verifyTopic(admin, options, logger)
  }
}

/** False: there is none. */
async function verifyTopic(admin: Admin, options: SchemasTopicOptions, logger: Logger): Promise<boolean> {
  const { topic, timeoutMs } = options
  const listed = await admin.topics.list({ timeoutMs, internal: true })
  const found = listed.find(({ name }) => name === topic)
  if (found === undefined) return false
  if (found.partitions !== 1) {
    throw new SchemasTopicError(
      `The topic ${topic} has ${found.partitions} partitions, and schemas need exactly one, which gives them their order. ` +
        'Name another topic with --topic, or copy its records into a new one with one partition.',
    )
  }
  warnOfReplicas(found.replicationFactor, options, logger)
  await verifyPolicy(admin, options, logger)
  return true
}

async function verifyPolicy(admin: Admin, options: SchemasTopicOptions, logger: Logger): Promise<void> {
  const { topic, timeoutMs } = options
  try {
    const configs = await admin.configs.describe(
      { type: 'TOPIC', name: topic },
      { timeoutMs, names: ['cleanup.policy'] },
    )
    const policy = configs.get('cleanup.policy')?.value
    if (policy === 'compact') return
    throw new SchemasTopicError(
      `The topic ${topic} has cleanup.policy=${policy}, with which schemas would be deleted after a while. ` +
        `Set it right first: millrace config set topic ${topic} cleanup.policy=compact`,
    )
  } catch (error) {
    if (!(error instanceof ClientError) || !error.code.endsWith('AUTHORIZATION_FAILED')) throw error
    logger.warn({ topic }, `not allowed to see the settings of ${topic}: make sure that cleanup.policy is compact`)
  }
}

function warnOfReplicas(count: number, { topic, replicationFactor }: SchemasTopicOptions, logger: Logger): void {
  if (count >= replicationFactor) return
  logger.warn(
    { topic, replicationFactor: count, wanted: replicationFactor },
    `${topic} has ${count} of ${replicationFactor} replicas: with more brokers, give it more, or a lost disk takes all schemas along`,
  )
}
