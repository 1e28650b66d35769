// DescribeConfigs: v1-4. All settings of topics, this broker ('' is the cluster's dynamic defaults), groups, client metrics
// subscriptions, and the log level of the broker; with sources, and with synonyms when asked for. v3: types.
// Documentation exists for topics' settings; that of other settings is null also when it is asked for.

import { type ErrorName, errors } from '../../../protocol/errors.ts'
import { describeConfigs } from '../../../protocol/messages/describe-configs.ts'
import type { Message, MessageInput } from '../../../protocol/wire/schema.ts'
import {
  type ConfigEntry,
  configSource,
  describeBrokerConfig,
  describeClientMetricsConfig,
  describeClusterConfig,
  describeGroupConfig,
  describeTopicConfig,
} from '../../config/describe-config.ts'
import { topicDocumentation } from '../../config/topic-documentation.ts'
import type { TopicSettingName } from '../../config/topic-settings.ts'
import { topicNameProblem } from '../../metadata/controller/topic-name.ts'
import { brokerLoggerResourceType, configResourceType } from '../../metadata/image/configs-state.ts'
import { handler } from '../handler.ts'
import type { Services } from '../services.ts'

type Request = Message<typeof describeConfigs.request>
type Resource = Request['resources'][number]
type Response = MessageInput<typeof describeConfigs.response>
type Result = NonNullable<Response['results']>[number]

/** Why a resource cannot be described. */
interface Refusal {
  readonly error: ErrorName
  /** Kafka answers empty text, not null, where there is nothing to say. */
  readonly message: string
}

export default handler(
  describeConfigs,
  ({ services }, request) => ({ results: request.resources.map(resource => describe(services, request, resource)) }),
  {
    failure: (request, errorCode) => ({
      results: request.resources.map(({ resourceType, resourceName }) => ({ resourceType, resourceName, errorCode })),
    }),
  },
)

function describe(services: Services, request: Request, resource: Resource): Result {
  const { resourceType, resourceName, configurationKeys } = resource
  const entries = entriesOf(services, resource)
  if ('error' in entries) {
    return { resourceType, resourceName, errorCode: errors[entries.error].code, errorMessage: entries.message }
  }
  // No names and an empty list of names are both "all" (KAFKA-8370 for the latter).
  const wanted = configurationKeys?.length ? entries.filter(({ name }) => configurationKeys.includes(name)) : entries
  const configs = wanted.map(entry => {
    const synonyms = request.includeSynonyms ? entry.synonyms : []
    return { ...entry, synonyms, documentation: request.includeDocumentation ? documentationOf(resource, entry) : null }
  })
  return { resourceType, resourceName, errorCode: errors.NONE.code, errorMessage: '', configs }
}

function documentationOf({ resourceType }: Resource, { name }: ConfigEntry): string | null {
  if (configResourceType(resourceType) !== 'topic') return null
  return topicDocumentation[name as TopicSettingName] ?? null
}

function entriesOf(
  services: Services,
  { resourceType, resourceName: name }: Resource,
): readonly ConfigEntry[] | Refusal {
  const { image } = services.metadata
  switch (configResourceType(resourceType)) {
    case 'topic':
      return topicEntries(services, name)
    case 'broker':
      if (name === '') return describeClusterConfig(services.config)
      return wrongBroker(services, name) ?? describeBrokerConfig(services.config)
    case 'group':
      if (name === '') return { error: 'INVALID_REQUEST', message: 'a group must be named' }
      return describeGroupConfig(services.config, image.configOverrides('group', name))
    case 'client-metrics':
      if (name === '') return { error: 'INVALID_REQUEST', message: 'a client metrics subscription must be named' }
      return describeClientMetricsConfig(image.configOverrides('client-metrics', name))
    default:
      if (resourceType === brokerLoggerResourceType) return wrongBroker(services, name) ?? loggers
      return { error: 'INVALID_REQUEST', message: `resource type ${resourceType} has no configs` }
  }
}

function topicEntries({ config, metadata }: Services, name: string): readonly ConfigEntry[] | Refusal {
  const problem = topicNameProblem(name)
  if (problem !== null) return { error: 'INVALID_TOPIC_EXCEPTION', message: problem }
  if (!metadata.image.topicByName(name)) return { error: 'UNKNOWN_TOPIC_OR_PARTITION', message: '' }
  return describeTopicConfig(config, metadata.image.configOverrides('topic', name))
}

function wrongBroker({ config }: Services, name: string): Refusal | undefined {
  if (!/^[-+]?\d+$/.test(name)) {
    return { error: 'INVALID_REQUEST', message: `a broker is named by its number, not by '${name}'` }
  }
  if (Number(name) === config.nodeId) return undefined
  return { error: 'INVALID_REQUEST', message: `this is broker ${config.nodeId}, not ${name}: ask that one` }
}

/** There is one logger, and its level is fixed when the broker starts. */
const loggers: readonly ConfigEntry[] = [
  {
    name: 'root',
    value: 'INFO',
    readOnly: true,
    configSource: configSource.DYNAMIC_BROKER_LOGGER_CONFIG,
    isSensitive: false,
    synonyms: [],
    configType: 0,
  },
]
