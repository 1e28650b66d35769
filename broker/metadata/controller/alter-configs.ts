// AlterConfigs (replaces all overrides of a resource) and IncrementalAlterConfigs (sets, deletes, appends to, subtracts from
// single ones) of topics, brokers ('' is the whole cluster), groups and client metrics. A resource changes as a whole or not at
// all. What a change leads to and whether it is valid is broker/config's affair; which resource is meant is decided here.
//
// Left out: log levels of brokers (BROKER_LOGGER) cannot be changed at run time; there is no alter.config.policy.
// Source: ConfigAdminManager.preprocess, ConfigurationControlManager, Kafka 4.3.0.

import { errors } from '../../../protocol/errors.ts'
import type { alterConfigs as legacyApi } from '../../../protocol/messages/alter-configs.ts'
import type { incrementalAlterConfigs as incrementalApi } from '../../../protocol/messages/incremental-alter-configs.ts'
import type { Message, MessageInput } from '../../../protocol/wire/schema.ts'
import {
  type Alteration,
  type AlterContext,
  type AlterError,
  type ConfigKind,
  incrementalAlter,
  isAlterError,
  replaceConfig,
} from '../../config/alter-config.ts'
import type { SettingTexts } from '../../config/broker-config.ts'
import { brokerLoggerResourceType, configResourceType, configResourceTypes } from '../image/configs-state.ts'
import type { ConfigResourceType } from '../metadata-image.ts'
import { type RecordInput, recordInput } from '../metadata-record.ts'
import { type Decision, type DecisionContext, hasElr, type Refusal, recordsPerRequestMax, refuse } from './decision.ts'
import { duplicateNames } from './duplicate-names.ts'
import { topicNameProblem } from './topic-name.ts'

type LegacyRequest = Message<typeof legacyApi.request>
type IncrementalRequest = Message<typeof incrementalApi.request>
type Response = MessageInput<typeof incrementalApi.response>

/** A resource as a request names it. */
interface Asked {
  readonly resourceType: number
  readonly resourceName: string
}

interface Resource {
  readonly type: ConfigResourceType
  readonly name: string
}

type Change<A extends Asked> = (
  context: AlterContext,
  kind: ConfigKind,
  current: SettingTexts,
  asked: A,
) => Alteration | AlterError

/** IncrementalAlterConfigs. */
export function incrementalAlterConfigs(context: DecisionContext, request: IncrementalRequest): Decision<Response> {
  return alter(context, request, (alterContext, kind, current, asked) =>
    incrementalAlter(alterContext, kind, current, asked.configs),
  )
}

/** AlterConfigs, deprecated. */
export function alterConfigs(context: DecisionContext, request: LegacyRequest): Decision<Response> {
  return alter(context, request, (alterContext, kind, current, asked) =>
    replaceConfig(alterContext, kind, current, asked.configs),
  )
}

function alter<A extends Asked>(
  context: DecisionContext,
  request: { resources: readonly A[]; validateOnly: boolean },
  change: Change<A>,
): Decision<Response> {
  const duplicates = duplicateNames(request.resources.map(keyOf))
  const records: RecordInput[] = []
  const responses = request.resources.map(asked => {
    const altered = duplicates.has(keyOf(asked)) ? duplicateResource : alterResource(context, asked, change)
    if ('error' in altered) return answer(asked, altered)
    records.push(...altered)
    return answer(asked, refuse(errors.NONE, null))
  })
  records.push(...clearElrRecords(context, records))
  if (records.length > recordsPerRequestMax) {
    return { records: [], response: { responses: request.resources.map(asked => answer(asked, tooManyRecords)) } }
  }
  return { records: request.validateOnly ? [] : records, response: { responses } }
}

const duplicateResource = refuse(errors.INVALID_REQUEST, 'the resource stands in the request more than once')
const tooManyRecords = refuse(errors.POLICY_VIOLATION, `one request may lead to ${recordsPerRequestMax} records`)

const keyOf = ({ resourceType, resourceName }: Asked): string => `${resourceType}:${resourceName}`

function answer({ resourceType, resourceName }: Asked, { error, message }: Refusal) {
  return { resourceType, resourceName, errorCode: error.code, errorMessage: message }
}

function alterResource<A extends Asked>(
  context: DecisionContext,
  asked: A,
  change: Change<A>,
): RecordInput[] | Refusal {
  const resource = resourceOf(context, asked)
  if ('error' in resource) return resource
  const current = context.image.configOverrides(resource.type, resource.name)
  const kind = resource.type === 'broker' && resource.name === '' ? 'cluster' : resource.type
  const alterContext = { config: context.config, eligibleLeaderReplicas: hasElr(context) }
  const altered = change(alterContext, kind, current, asked)
  if (isAlterError(altered)) return refuse(errors[altered.error], altered.message)
  if (resource.type === 'topic' && !context.image.topicByName(resource.name)) {
    return refuse(errors.UNKNOWN_TOPIC_OR_PARTITION, `there is no topic '${resource.name}'`)
  }
  return altered.changes.map(({ name, value }) =>
    recordInput('config', 0, {
      resourceType: configResourceTypes[resource.type],
      resourceName: resource.name,
      name,
      value,
    }),
  )
}

/** Which resource is meant, if it is one whose configs can be changed here. */
function resourceOf(context: DecisionContext, { resourceType, resourceName: name }: Asked): Resource | Refusal {
  const type = configResourceType(resourceType)
  if (type === undefined) {
    const why =
      resourceType === brokerLoggerResourceType
        ? 'log levels cannot be changed while the broker runs: set them when it starts'
        : `resource type ${resourceType} has no configs`
    return refuse(errors.INVALID_REQUEST, why)
  }
  return nameProblem(context, type, name) ?? { type, name }
}

function nameProblem({ config }: DecisionContext, type: ConfigResourceType, name: string): Refusal | undefined {
  const invalid = (message: string): Refusal => refuse(errors.INVALID_REQUEST, message)
  switch (type) {
    case 'topic': {
      if (name === '') return invalid('topics have no common default: name a topic')
      const problem = topicNameProblem(name)
      return problem === null ? undefined : refuse(errors.INVALID_TOPIC_EXCEPTION, problem)
    }
    case 'broker':
      if (name === '') return undefined
      if (!/^[-+]?\d+$/.test(name)) return invalid(`a broker is named by its number, not by '${name}'`)
      if (Number(name) === config.nodeId) return undefined
      return invalid(`this is broker ${config.nodeId}, not ${name}: ask that one`)
    default:
      if (name !== '') return undefined
      return invalid(`a ${type === 'group' ? 'group' : 'client metrics subscription'} must be named`)
  }
}

/** A new min.insync.replicas makes who may lead a partition an open question: what was known is forgotten. */
export function clearElrRecords(context: DecisionContext, records: readonly RecordInput[]): RecordInput[] {
  if (!hasElr(context)) return []
  return records.flatMap(record => {
    if (record.type !== 'config' || record.value.name !== 'min.insync.replicas') return []
    const isTopic = record.value.resourceType === configResourceTypes.topic
    return recordInput('clearElr', 0, { topicName: isTopic ? record.value.resourceName! : '' })
  })
}
