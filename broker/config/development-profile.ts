// What holds when somebody starts a broker without a configuration file: one node that listens on this machine only,
// keeps one copy of everything and is its own controller.
//
// 127.0.0.1 and not localhost, because clients that resolve localhost to ::1 first would not find the broker there.

import type { SettingTexts } from './broker-config.ts'

export interface DevelopmentOptions {
  /** Where clients connect. Default 9092; 0 takes a free port. */
  readonly port?: number
  /** The data directory. Default `./data`. */
  readonly dataDir?: string
  /** Default 1. */
  readonly nodeId?: number
}

/**
 * The settings of the development profile. The controller listener is named because Kafka's rules ask for it; a
 * quorum of one needs no socket there.
 */
export function developmentProfile(options: DevelopmentOptions = {}): SettingTexts {
  const port = options.port ?? 9092
  const nodeId = options.nodeId ?? 1
  const controllerPort = port === 0 ? 0 : port < 65_535 ? port + 1 : port - 1
  return new Map([
    ['process.roles', 'broker,controller'],
    ['node.id', String(nodeId)],
    ['controller.quorum.voters', `${nodeId}@127.0.0.1:${controllerPort}`],
    ['controller.listener.names', 'CONTROLLER'],
    ['listeners', `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`],
    ['advertised.listeners', `PLAINTEXT://127.0.0.1:${port}`],
    ['log.dirs', options.dataDir ?? './data'],
    ['default.replication.factor', '1'],
    ['offsets.topic.replication.factor', '1'],
    ['transaction.state.log.replication.factor', '1'],
    ['transaction.state.log.min.isr', '1'],
    ['share.coordinator.state.topic.replication.factor', '1'],
    ['share.coordinator.state.topic.min.isr', '1'],
  ])
}
