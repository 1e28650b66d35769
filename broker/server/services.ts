// What a handler may use: everything that lives as long as the broker. Wired once, in broker/broker.ts.

import type { World } from '../../io/world.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { GroupCoordinator } from '../coordinator/group/group-coordinator.ts'
import type { LogManager } from '../log/log-manager.ts'
import type { Metadata } from '../metadata/metadata.ts'
import type { Partitions } from '../partition/partitions.ts'

export interface Services {
  readonly world: World
  readonly config: BrokerConfig
  readonly metadata: Metadata
  readonly logs: LogManager
  readonly partitions: Partitions
  readonly groups: GroupCoordinator
}
