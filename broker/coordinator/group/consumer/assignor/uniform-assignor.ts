// The uniform assignor, Kafka's default: members get as equal a number of partitions as their subscriptions allow, and
// partitions stay where they are as far as that allows it.
// Source: Kafka 4.3.0's UniformAssignor.

import type { Assignor } from './group-spec.ts'
import { assignHeterogeneous } from './uniform-heterogeneous.ts'
import { assignHomogeneous } from './uniform-homogeneous.ts'

export const uniformAssignor: Assignor = {
  name: 'uniform',
  assign(group) {
    if (group.members.size === 0) return new Map()
    return group.subscriptionType === 'homogeneous' ? assignHomogeneous(group) : assignHeterogeneous(group)
  },
}
