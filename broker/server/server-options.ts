// The server's limits as the configuration gives them.

import type { World } from '../../io/world.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { parsePairs } from '../config/listener.ts'
import { listenerConnectionsMax } from '../config/listener-limits.ts'
import type { ConnectionLimitsOptions } from './connection-limits.ts'
import type { ServerOptions } from './server.ts'
import { defaultSessionLimits, queuedRequestBytesMaxDefault } from './session-limits.ts'

/** How long a stop waits for requests under way: longer than a disk takes to write what is queued. */
const drainMsMax = 10_000

export function serverOptionsOf(world: World, config: BrokerConfig): ServerOptions {
  const queuedBytes = config.limit('queued.max.request.bytes')
  return {
    net: world.net,
    clock: world.clock,
    logger: world.logger,
    limits: { ...defaultSessionLimits, requestBytesMax: config.int('socket.request.max.bytes') },
    connections: connectionLimitsOf(config),
    waitingConnectionsMax: config.int('socket.listen.backlog.size'),
    queuedRequestBytesMax: queuedBytes > 0 ? queuedBytes : queuedRequestBytesMaxDefault,
    queuedRequestsMax: config.int('queued.max.requests'),
    idleMsMax: config.limit('connections.max.idle.ms'),
    drainMsMax,
  }
}

export function connectionLimitsOf(config: BrokerConfig): ConnectionLimitsOptions {
  const overrides = parsePairs(config.string('max.connections.per.ip.overrides'))
  return {
    connectionsMax: config.int('max.connections'),
    connectionsPerIpMax: config.int('max.connections.per.ip'),
    perListener: listenerConnectionsMax(config),
    perIpOverrides: new Map([...overrides].map(([host, count]) => [host, Number(count)])),
  }
}
