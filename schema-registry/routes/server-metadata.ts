// / and /v1/metadata: that there is a registry, which one, of which version. Confluent: RootResource, ServerMetadataResource.

import { type RouteDefinition, route } from './route.ts'

export interface ServerMetadata {
  readonly version: string
  /** Of the cluster that has the topic; asked when it is needed, since it may be known only later. */
  readonly kafkaClusterId: () => string
  /** The group in which instances find their leader. */
  readonly groupId: string
}

const tag = 'Server Metadata'

const root: RouteDefinition[] = (['GET', 'POST'] as const).map(method =>
  route({
    method,
    path: '/',
    operation: `${method.toLowerCase()}RootResource`,
    summary: 'Answers nothing: to see whether the registry is there.',
    tag,
    parameters: {},
    answer: 'Anything',
    refusals: [],
    handle: () => ({}),
  }),
)

export function metadataRoutes({ version, kafkaClusterId, groupId }: ServerMetadata): readonly RouteDefinition[] {
  return [
    ...root,
    route({
      method: 'GET',
      path: '/v1/metadata/id',
      operation: 'getClusterId',
      summary: 'Which Kafka cluster and which registry it is.',
      tag,
      parameters: {},
      answer: 'ServerClusterId',
      refusals: [],
      handle: () => ({
        scope: { path: [], clusters: { 'kafka-cluster': kafkaClusterId(), 'schema-registry-cluster': groupId } },
      }),
    }),
    route({
      method: 'GET',
      path: '/v1/metadata/version',
      operation: 'getSchemaRegistryServerVersion',
      summary: 'The version of the registry.',
      tag,
      parameters: {},
      answer: 'ServerVersion',
      refusals: [],
      handle: () => ({ version, commitId: 'millrace' }),
    }),
    route({
      method: 'GET',
      path: '/v1/metadata/deployment',
      operation: 'getSchemaRegistryServerDeployment',
      summary: 'How the registry is run; nothing is told here.',
      tag,
      parameters: {},
      answer: 'Deployment',
      refusals: [],
      handle: () => ({ attributes: [] }),
    }),
  ]
}

/** What Confluent's registry has and this one does not: asked for, it is said in a sentence. */
export const absent: ReadonlyArray<{ readonly path: string; readonly what: string }> = [
  { path: '/associations', what: 'associations of subjects with topics; name subjects after their topics instead' },
  { path: '/exporters', what: 'exporters; let a second registry read the same topic, or use IMPORT mode' },
  { path: '/dek-registry', what: 'a registry of encryption keys' },
]
