// What a handler may use: everything that lives as long as the broker. Wired once, in broker/broker.ts.

import type { World } from '../../io/world.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { GroupCoordinator } from '../coordinator/group/group-coordinator.ts'
import type { MarkerWriter } from '../coordinator/transaction/marker-writer.ts'
import type { TransactionCoordinator } from '../coordinator/transaction/transaction-coordinator.ts'
import type { LogManager } from '../log/log-manager.ts'
import type { Metadata } from '../metadata/metadata.ts'
import type { Partitions } from '../partition/partitions.ts'
import type { FetchService } from './fetch/fetch-service.ts'
import type { HandlerTable } from './handler-table.ts'
import type { ProducerIds } from './producer-ids.ts'

export interface Services {
  readonly world: World
  /** As it holds now: settings changed at run time included. Ask again after an `await`. */
  readonly config: BrokerConfig
  readonly metadata: Metadata
  readonly logs: LogManager
  readonly partitions: Partitions
  readonly groups: GroupCoordinator
  readonly fetches: FetchService
  readonly producerIds: ProducerIds
  readonly transactions: TransactionCoordinator
  readonly markers: MarkerWriter
  readonly handlers: HandlerTable
}
