// A group of any protocol.

import type { ClassicGroup } from './classic/classic-group.ts'
import type { ConsumerGroup } from './consumer/consumer-group.ts'
import type { ModernGroup } from './modern-group.ts'

export type Group = ClassicGroup | ConsumerGroup | ModernGroup

/** What a group is called where it does not say: a simple group has no protocol type. */
export const protocolTypeOf = (group: Group): string => group.protocolType ?? ''

/** The state as of the last commit. */
export const committedStateOf = (group: Group): string =>
  group.type === 'consumer' ? group.committedState : group.state
