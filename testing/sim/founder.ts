// What is there before anybody uses the broker: topics, and the cluster's transaction version.

import { errorName, errors } from '../../protocol/errors.ts'
import { createTopics } from '../../protocol/messages/create-topics.ts'
import { updateFeatures } from '../../protocol/messages/update-features.ts'
import type { SimContext } from './context.ts'
import { isLost, SimClient } from './sim-client.ts'
import type { SimTopic } from './witness.ts'

const safeDowngrade = 2
const versionOfNewDirectories = 2

/** The topics of the plan, with their ids. */
export async function found(context: SimContext): Promise<SimTopic[]> {
  const client = new SimClient(context, 'founder')
  const { transactions } = context.plan
  if (transactions && transactions.version !== versionOfNewDirectories) {
    await setTransactionVersion(client, transactions.version)
  }
  return foundTopics(context, client)
}

/** As `kafka-features.sh downgrade` does: clients of older brokers, and what they know, as after an upgrade from those. */
export async function setTransactionVersion(client: SimClient, maxVersionLevel: number): Promise<void> {
  const featureUpdates = [{ feature: 'transaction.version', maxVersionLevel, upgradeType: safeDowngrade }]
  const { errorCode, errorMessage } = await client.ask(updateFeatures, 2, { featureUpdates, validateOnly: false })
  if (errorCode !== errors.NONE.code) throw new Error(`transaction.version ${maxVersionLevel}: ${errorMessage}`)
}

async function foundTopics({ plan, witness }: SimContext, client: SimClient): Promise<SimTopic[]> {
  const topics = plan.topics.map(({ name, partitions, configs }) => ({
    name,
    numPartitions: partitions,
    replicationFactor: 1,
    configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
  }))
  for (;;) {
    const connection = await client.connect()
    try {
      const answer = await client.request(connection, createTopics, 7, { topics, timeoutMs: 10_000 })
      return answer.topics.map(({ name, topicId: id, errorCode, errorMessage }, i) => {
        if (errorCode !== errors.NONE.code) throw new Error(`${name}: ${errorName(errorCode)} ${errorMessage}`)
        witness.topics.created({ name, id, partitions: plan.topics[i]!.partitions })
        return { ...plan.topics[i]!, id }
      })
    } catch (error) {
      if (!isLost(error)) throw error
    }
  }
}
