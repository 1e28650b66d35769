// To the coordinators of groups and transactional ids. They are looked up for each call, many in one request where the broker
// can do that (KIP-699), so that a coordinator that has moved costs nothing but the look-up.

import { findCoordinator } from '../../../protocol/messages/find-coordinator.ts'
import type { Message } from '../../../protocol/wire/schema.ts'
import { ClientError } from '../../client-error.ts'
import type { Broker } from '../../cluster/broker.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { type CoordinatorKind, coordinatorIn, findCoordinatorBody } from '../../cluster/coordinators.ts'
import type { Attempt } from '../call-options.ts'
import type { Route } from './route.ts'

const again = new Set([
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'CONCURRENT_TRANSACTIONS',
  'UNSTABLE_OFFSET_COMMIT',
])
const manyKeysVersions = [4, findCoordinator.versions[1]] as const
const oneKeyVersions = [0, 3] as const
/** Look-ups under way at a broker that takes one key in a request. */
const lookUpsMax = 50

type Found = Broker | ClientError

/** The keys of the items are those that are coordinated, unless `keyOf` says another. */
export function coordinatorRoute<Item>(
  cluster: Cluster,
  kind: CoordinatorKind,
  keyOf: (item: Item, key: string) => string = (_, key) => key,
): Route<Item> {
  return {
    again,
    async find(items, attempt) {
      const wanted = [...new Set([...items].map(([key, item]) => keyOf(item, key)))]
      const found = await lookUp(cluster, kind, wanted, attempt)
      return new Map([...items].map(([key, item]) => [key, found.get(keyOf(item, key))!]))
    },
  }
}

async function lookUp(
  cluster: Cluster,
  kind: CoordinatorKind,
  keys: readonly string[],
  { timeoutMs, signal }: Attempt,
): Promise<Map<string, Found>> {
  try {
    const { keyType } = findCoordinatorBody(kind, '')(manyKeysVersions[0])
    const body = { keyType, coordinatorKeys: keys }
    const options = { timeoutMs, signal, versions: manyKeysVersions }
    const answer = await cluster.askAny(findCoordinator, body, options)
    const byKey = new Map(answer.coordinators.map(each => [each.key, { ...answer, coordinators: [each] }]))
    return new Map(keys.map(key => [key, foundIn(cluster, byKey.get(key), kind, key)]))
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== 'UNSUPPORTED_BY_BROKER') throw error
    return lookUpOneByOne(cluster, kind, keys, { timeoutMs, signal })
  }
}

async function lookUpOneByOne(
  cluster: Cluster,
  kind: CoordinatorKind,
  keys: readonly string[],
  attempt: Attempt,
): Promise<Map<string, Found>> {
  const found = new Map<string, Found>()
  for (let start = 0; start < keys.length; start += lookUpsMax) {
    const some = keys.slice(start, start + lookUpsMax)
    const options = { ...attempt, versions: oneKeyVersions }
    const answers = some.map(key => cluster.askAny(findCoordinator, findCoordinatorBody(kind, key), options))
    for (const [index, answer] of (await Promise.all(answers)).entries()) {
      found.set(some[index]!, foundIn(cluster, answer, kind, some[index]!))
    }
  }
  return found
}

function foundIn(
  cluster: Cluster,
  answer: Message<typeof findCoordinator.response> | undefined,
  kind: CoordinatorKind,
  key: string,
): Found {
  if (answer === undefined) return new ClientError('BROKEN_ANSWER', `the coordinator of ${key} is not in the answer`)
  try {
    return cluster.broker(coordinatorIn(answer, kind, key))
  } catch (error) {
    return error as ClientError
  }
}
