// What a client may do, as bits by operation code, where a response tells it. Without an authorizer it is everything that
// the kind of resource knows. Source: Kafka 4.3.0's AclEntry.supportedOperations and AclOperation codes.

const operation = {
  read: 3,
  write: 4,
  create: 5,
  delete: 6,
  alter: 7,
  describe: 8,
  clusterAction: 9,
  describeConfigs: 10,
  alterConfigs: 11,
  idempotentWrite: 12,
} as const

const bits = (...operations: (keyof typeof operation)[]): number =>
  operations.reduce((sum, name) => sum | (1 << operation[name]), 0)

export const allTopicOperations = bits(
  'read',
  'write',
  'create',
  'describe',
  'delete',
  'alter',
  'describeConfigs',
  'alterConfigs', // biome-ignore format: a list
)
export const allClusterOperations = bits(
  'create',
  'clusterAction',
  'describeConfigs',
  'alterConfigs',
  'idempotentWrite',
  'alter',
  'describe', // biome-ignore format: a list
)
export const allGroupOperations = bits('read', 'describe', 'delete', 'describeConfigs', 'alterConfigs')
/** The response does not say: nobody asked. */
export const operationsNotAsked = -2147483648
