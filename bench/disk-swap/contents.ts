// Reads everything that a broker holds for its clients: the cluster, topics with their settings, every batch and record,
// offsets by every way to ask for them, groups with their members and committed offsets.

import { apiVersions } from '../../protocol/messages/api-versions.ts'
import { describeConfigs } from '../../protocol/messages/describe-configs.ts'
import { describeGroups } from '../../protocol/messages/describe-groups.ts'
import { listConfigResources } from '../../protocol/messages/list-config-resources.ts'
import { listGroups } from '../../protocol/messages/list-groups.ts'
import { metadata } from '../../protocol/messages/metadata.ts'
import { offsetFetch } from '../../protocol/messages/offset-fetch.ts'
import type { Facts } from './facts.ts'
import { readPartition } from './partition-contents.ts'
import { check, type Requests, untilPassed } from './requests.ts'

const topicResource = 2
const brokerResource = 4
/** Sources of a value that somebody set at run time: of a topic, a broker, all brokers, client metrics, a group. */
const dynamicSources = [1, 2, 3, 7, 8]

export interface ContentsOptions {
  /** Topics and groups whose contents are not read, because somebody else writes to them. */
  readonly exceptTopics?: readonly string[]
  readonly exceptGroups?: readonly string[]
}

/** All statements about what the broker holds. */
export async function readContents(requests: Requests, options: ContentsOptions = {}): Promise<Facts> {
  const facts: Facts = new Map()
  await readCluster(requests, facts)
  const topics = await requests.topics()
  for (const topic of topics) {
    facts.set(`topic ${topic.name}`, `id ${topic.id}, ${topic.partitionCount} partitions`)
    if (topic.isInternal || options.exceptTopics?.includes(topic.name)) continue
    for (let partition = 0; partition < topic.partitionCount; partition++) {
      await readPartition(requests, topic, partition, facts)
    }
  }
  await readConfigs(
    requests,
    topics.map(({ name }) => name),
    facts,
  )
  await untilPassed(() => readGroups(requests, options.exceptGroups ?? [], facts))
  return facts
}

async function readCluster(requests: Requests, facts: Facts): Promise<void> {
  const { clusterId } = await requests.send(metadata, 12, { topics: [] })
  facts.set('cluster id', clusterId!)
  const { finalizedFeatures } = await requests.send(apiVersions, 3, {
    clientSoftwareName: 'swap',
    clientSoftwareVersion: '1',
  })
  for (const { name, maxVersionLevel } of finalizedFeatures) facts.set(`feature ${name}`, String(maxVersionLevel))
}

async function readConfigs(requests: Requests, topics: readonly string[], facts: Facts): Promise<void> {
  const listed = await requests.send(listConfigResources, 1, { resourceTypes: [16, 32] })
  check('ListConfigResources', listed.errorCode)
  const resources = [
    ...topics.map(resourceName => ({ resourceType: topicResource, resourceName })),
    ...['', '1'].map(resourceName => ({ resourceType: brokerResource, resourceName })),
    ...listed.configResources.map(({ resourceName, resourceType }) => ({ resourceType, resourceName })),
  ]
  const asked = resources.map(resource => ({ ...resource, configurationKeys: null }))
  const answer = await requests.send(describeConfigs, 4, { resources: asked })
  for (const { resourceType, resourceName, errorCode, errorMessage, configs } of answer.results) {
    check(`DescribeConfigs of ${resourceName}`, errorCode, errorMessage)
    for (const { name, value, configSource } of configs) {
      if (resourceName === '1' && configSource !== 2) continue // what it takes over from all brokers
      const isSet = resourceType === topicResource ? configSource === 1 : dynamicSources.includes(configSource)
      if (isSet) facts.set(`config ${name} of ${resourceType} "${resourceName}"`, `${value} (source ${configSource})`)
    }
  }
}

async function readGroups(requests: Requests, except: readonly string[], facts: Facts): Promise<void> {
  const listed = await requests.send(listGroups, 5, {})
  check('ListGroups', listed.errorCode)
  for (const { groupId, protocolType, groupState, groupType } of listed.groups) {
    if (except.includes(groupId)) continue
    facts.set(`group ${groupId}`, `${groupType} "${protocolType}" ${groupState}`)
    if (groupType === 'classic') await readMembers(requests, groupId, facts)
    await readCommittedOffsets(requests, groupId, facts)
  }
}

async function readMembers(requests: Requests, groupId: string, facts: Facts): Promise<void> {
  const { groups } = await requests.send(describeGroups, 5, { groups: [groupId] })
  const [group] = groups
  check(`DescribeGroups of ${groupId}`, group!.errorCode)
  facts.set(`description of group ${groupId}`, `${group!.groupState} "${group!.protocolType}" "${group!.protocolData}"`)
  for (const member of group!.members) {
    const { memberId, groupInstanceId, clientId, clientHost, memberMetadata, memberAssignment } = member
    const bytes = `${memberMetadata.toString('hex')} ${memberAssignment.toString('hex')}`
    facts.set(`member ${memberId} of group ${groupId}`, `${groupInstanceId} ${clientId} ${clientHost} ${bytes}`)
  }
}

async function readCommittedOffsets(requests: Requests, groupId: string, facts: Facts): Promise<void> {
  const answer = await requests.send(offsetFetch, 9, { groups: [{ groupId, topics: null }] })
  const [group] = answer.groups
  check(`OffsetFetch of ${groupId}`, group!.errorCode)
  for (const { name, partitions } of group!.topics) {
    for (const { partitionIndex, committedOffset, committedLeaderEpoch, metadata: note, errorCode } of partitions) {
      check(`OffsetFetch of ${groupId} for ${name}-${partitionIndex}`, errorCode)
      const committed = `${committedOffset} epoch ${committedLeaderEpoch} metadata ${JSON.stringify(note)}`
      facts.set(`committed offset of group ${groupId} in ${name}-${partitionIndex}`, committed)
    }
  }
}
