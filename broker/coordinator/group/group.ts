// A group of any protocol.

import type { ClassicGroup } from './classic/classic-group.ts'
import type { ModernGroup } from './modern-group.ts'

export type Group = ClassicGroup | ModernGroup

/** What a group is called where it does not say: a simple group has no protocol type. */
export const protocolTypeOf = (group: Group): string => group.protocolType ?? ''
