// Broker settings about listeners, connections and their limits.
// Source: Kafka 4.3.0's SocketServerConfigs, ServerConfigs.

import type { SettingTable } from '../setting.ts'
import { clusterWide, int, list, long, perBroker, refuse, string, warn } from '../setting.ts'
import { atLeast, items } from '../setting-rule.ts'

const connectionRate =
  'limiting the rate of connections is not implemented yet, clients would not be held back. Remove the setting if that is what you want'
const oneEventLoop = 'one event loop does the work of these threads'
const operatingSystem = "the operating system's own value is used"
const noPeers = 'a single node calls no other broker'

export const networkSettings = {
  'advertised.listeners': list(null, items({ empty: false, null: true })),
  'background.threads': int('10', atLeast(1), clusterWide, warn(oneEventLoop)),
  'connections.max.idle.ms': long('600000'),
  'early.start.listeners': list(null, items({ empty: true, null: true }), warn(noPeers)),
  'inter.broker.listener.name': string(null),
  'listener.security.protocol.map': string(
    'PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL',
    perBroker,
  ),
  listeners: list('PLAINTEXT://:9092', items({ empty: false }), perBroker),
  'max.connection.creation.rate': int('2147483647', atLeast(0), clusterWide, refuse(connectionRate)),
  'max.connections': int('2147483647', atLeast(0), clusterWide),
  'max.connections.per.ip': int('2147483647', atLeast(0), clusterWide),
  'max.connections.per.ip.overrides': string('', clusterWide),
  'num.io.threads': int('8', atLeast(1), clusterWide, warn(oneEventLoop)),
  'num.network.threads': int('3', atLeast(1), clusterWide, warn(oneEventLoop)),
  'queued.max.request.bytes': long('-1'),
  'queued.max.requests': int('500', atLeast(1)),
  'request.timeout.ms': int('30000', warn(noPeers)),
  'socket.connection.setup.timeout.max.ms': long('30000', warn(noPeers)),
  'socket.connection.setup.timeout.ms': long('10000', warn(noPeers)),
  'socket.listen.backlog.size': int('50', atLeast(1), warn(operatingSystem)),
  'socket.receive.buffer.bytes': int('102400', warn(operatingSystem)),
  'socket.request.max.bytes': int('104857600', atLeast(1)),
  'socket.send.buffer.bytes': int('102400', warn(operatingSystem)),
} as const satisfies SettingTable
