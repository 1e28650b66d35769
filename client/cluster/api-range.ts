// Which version of an API a client and a broker both have. Source: org.apache.kafka.clients.NodeApiVersions, Kafka 4.3.0.

import type { Fields } from '../../protocol/wire/field.ts'
import type { Api, VersionRange } from '../../protocol/wire/schema.ts'
import { ClientError } from '../client-error.ts'

/** What a broker offers: first and last version by API key. */
export type OfferedVersions = ReadonlyMap<number, VersionRange>

/** The highest version that both have, within `limits` where given; undefined when there is none. */
export function commonVersion(
  api: Api<Fields, Fields>,
  offered: OfferedVersions,
  limits?: VersionRange,
): number | undefined {
  const range = offered.get(api.key)
  if (range === undefined) return undefined
  // An unstable version is for those who ask for it by name.
  const stableLast = api.latestUnstable ? api.versions[1] - 1 : api.versions[1]
  const [firstAsked, lastAsked] = limits ?? [api.versions[0], stableLast]
  const first = Math.max(api.versions[0], firstAsked, range[0])
  const last = Math.min(api.versions[1], lastAsked, range[1])
  return first <= last ? last : undefined
}

/** As `commonVersion`; throws UNSUPPORTED_BY_BROKER. */
export function requiredVersion(
  api: Api<Fields, Fields>,
  offered: OfferedVersions,
  broker: string,
  limits?: VersionRange,
): number {
  const version = commonVersion(api, offered, limits)
  if (version !== undefined) return version
  const range = offered.get(api.key)
  const theirs = range === undefined ? 'does not have it' : `has versions ${range[0]} to ${range[1]}`
  const [first, last] = limits ?? api.versions
  const message = `${api.name} is needed in versions ${first} to ${last}, the broker ${theirs}`
  throw new ClientError('UNSUPPORTED_BY_BROKER', message, { broker })
}
