// What has settings, as it is typed: a kind, and a name for all kinds but `brokers`.

import type { ConfigResource, ConfigResourceType } from '../../client/admin/config-entry.ts'
import { usage } from '../terminal/failure.ts'

const kinds: Readonly<Record<string, ConfigResourceType>> = {
  topic: 'TOPIC',
  broker: 'BROKER',
  brokers: 'BROKER',
  'broker-logger': 'BROKER_LOGGER',
  group: 'GROUP',
  'client-metrics': 'CLIENT_METRICS',
}

export interface Typed {
  readonly resource: ConfigResource
  /** As people read it: "topic orders". */
  readonly text: string
  /** What stood behind it. */
  readonly rest: readonly string[]
}

/** Throws a Failure. */
export function parseResource(kind: string, words: readonly string[]): Typed {
  const type = kinds[kind]
  if (type === undefined)
    throw usage(`there are no settings of "${kind}": it is one of ${Object.keys(kinds).join(', ')}`)
  if (kind === 'brokers') return { resource: { type, name: '' }, text: 'all brokers', rest: words }
  const [name, ...rest] = words
  if (name === undefined || name === '' || name.includes('=')) {
    throw usage(`name the ${kind}, such as \`${kind} ${kind.startsWith('broker') ? '1' : 'orders'}\``)
  }
  if (type === 'BROKER' && !/^\d+$/.test(name))
    throw usage(`broker "${name}": give its id, or \`brokers\` for all of them`)
  return { resource: { type, name }, text: `${kind} ${name}`, rest }
}
