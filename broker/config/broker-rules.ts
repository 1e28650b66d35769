// The rules between settings that a broker's configuration must obey: those of Kafka 4.3.0's KafkaConfig with the same
// acceptance, and what Millrace needs beyond them as long as it is a single node that speaks PLAINTEXT.
//
// Not checked, because the settings they are about are refused or ignored as a whole: rules about SASL mechanisms, the
// principal builder, limits on connections, tiered storage and cordoned directories.

import type { BrokerConfig } from './broker-config.ts'
import { groupRangeProblems } from './group-ranges.ts'
import { checkPorts, type Endpoint } from './listener.ts'
import { checkListenerLimits } from './listener-limits.ts'

/** Every problem, as a sentence that names the settings. Empty: the configuration can be used. */
export function checkBrokerRules(config: BrokerConfig): readonly string[] {
  const listenerProblems = checkListenersReadable(config)
  return [
    ...checkIds(config),
    ...checkLog(config),
    ...checkReplication(config),
    ...checkConnections(config),
    ...checkCoordinators(config),
    ...(listenerProblems.length > 0 ? listenerProblems : checkListeners(config)),
  ]
}

const when = (wrong: boolean, problem: string): readonly string[] => (wrong ? [problem] : [])

function checkIds(config: BrokerConfig): readonly string[] {
  return when(
    config.nodeId !== config.int('broker.id'),
    `node.id is ${config.nodeId} and broker.id is ${config.int('broker.id')}: they must be the same. Remove broker.id.`,
  )
}

function checkLog(config: BrokerConfig): readonly string[] {
  const dedupeBytes = Number(config.long('log.cleaner.dedupe.buffer.size'))
  const threads = config.int('log.cleaner.threads')
  return [
    ...when(config.logRollMs < 1, `log.roll.ms is ${config.logRollMs}: it must be at least 1.`),
    ...when(config.logRollJitterMs < 0, `log.roll.jitter.ms is ${config.logRollJitterMs}: it must be at least 0.`),
    ...when(
      config.logRetentionMs === 0,
      'log.retention.ms is 0: it must be at least 1, or -1 to keep records for ever.',
    ),
    ...when(
      threads === 0 || Math.trunc(dedupeBytes / threads) <= 1_048_576,
      `log.cleaner.dedupe.buffer.size is ${dedupeBytes}: each of log.cleaner.threads needs more than 1048576 bytes.`,
    ),
  ]
}

function checkReplication(config: BrokerConfig): readonly string[] {
  const waitMs = config.int('replica.fetch.wait.max.ms')
  return [
    ...when(
      waitMs > config.int('replica.socket.timeout.ms'),
      `replica.fetch.wait.max.ms is ${waitMs}: it must not exceed replica.socket.timeout.ms.`,
    ),
    ...when(
      waitMs > config.limit('replica.lag.time.max.ms'),
      `replica.fetch.wait.max.ms is ${waitMs}: it must not exceed replica.lag.time.max.ms.`,
    ),
  ]
}

function checkConnections(config: BrokerConfig): readonly string[] {
  const queuedBytes = config.limit('queued.max.request.bytes')
  const idleMs = config.limit('connections.max.idle.ms')
  const delayMs = config.int('connection.failed.authentication.delay.ms')
  return [
    ...when(
      queuedBytes > 0 && queuedBytes < config.int('socket.request.max.bytes'),
      `queued.max.request.bytes is ${queuedBytes}: it must be at least socket.request.max.bytes, or no request of that size could ever be read.`,
    ),
    ...when(
      idleMs >= 0 && delayMs >= idleMs,
      `connection.failed.authentication.delay.ms is ${delayMs}: it must be less than connections.max.idle.ms (${idleMs}).`,
    ),
    ...checkListenerLimits(config),
  ]
}

const builtInAssignors = ['uniform', 'range']
const assignorClasses = ['Uniform', 'Range'].map(name => `org.apache.kafka.coordinator.group.assignor.${name}Assignor`)

/** Kafka loads others from its class path. */
function checkAssignors(config: BrokerConfig): readonly string[] {
  const known = [...builtInAssignors, ...assignorClasses]
  const unknown = config.list('group.consumer.assignors').filter(name => !known.includes(name))
  const instead = `Use ${builtInAssignors.join(' or ')}.`
  return when(unknown.length > 0, `group.consumer.assignors: there is no ${unknown.join(', ')}. ${instead}`)
}

function checkCoordinators(config: BrokerConfig): readonly string[] {
  const codec = config.int('offsets.topic.compression.codec')
  // A name with dots is a Java class, which is as good as not there; any other unknown name is a mistake.
  const strangers = config.list('group.share.assignors').filter(name => name !== 'simple' && !name.includes('.'))
  return [
    ...checkAssignors(config),
    ...groupRangeProblems(config),
    ...when(
      !config.list('group.coordinator.rebalance.protocols').includes('classic'),
      'group.coordinator.rebalance.protocols: classic cannot be left out.',
    ),
    ...when(
      codec < 0 || codec > 4,
      `offsets.topic.compression.codec is ${codec}: it must be from 0 (none) to 4 (zstd).`,
    ),
    ...when(strangers.length > 0, `group.share.assignors: there is no ${strangers.join(', ')}.`),
    ...when(config.list('group.share.assignors').length !== 1, 'group.share.assignors: it must be exactly one.'),
  ]
}

/** Whether listeners can be read at all; everything else about them needs that. */
function checkListenersReadable(config: BrokerConfig): readonly string[] {
  try {
    const ports = checkPorts(config.allListeners)
    if (ports !== null) return [`listeners: ${ports}.`]
  } catch (error) {
    return [`listeners: ${(error as Error).message}.`]
  }
  try {
    config.advertisedListeners
    return []
  } catch (error) {
    return [`advertised.listeners: ${(error as Error).message}.`]
  }
}

function checkListeners(config: BrokerConfig): readonly string[] {
  const names = new Set(config.allListeners.map(endpoint => endpoint.listener))
  const early = config.list('early.start.listeners') ?? []
  const strangers = early.filter(name => !names.has(name))
  return [
    ...when(strangers.length > 0, `early.start.listeners: ${strangers.join(', ')} is not among listeners.`),
    ...checkRoles(config),
    ...checkControllerListeners(config, names),
    ...checkAdvertised(config, names),
    ...checkQuorum(config),
    ...checkPlaintext(config),
  ]
}

/** Kafka runs any combination; Millrace must be its own controller, so it needs both. */
function checkRoles(config: BrokerConfig): readonly string[] {
  const roles = config.processRoles
  return when(
    !(roles.has('broker') && roles.has('controller')),
    `process.roles is ${[...roles].join(',')}: a node that is not both broker and controller is not implemented yet. Set process.roles=broker,controller.`,
  )
}

function checkControllerListeners(config: BrokerConfig, names: ReadonlySet<string>): readonly string[] {
  const missing = config.list('controller.listener.names').filter(name => !names.has(name))
  return when(
    missing.length > 0,
    `controller.listener.names: ${missing.join(', ')} is not among listeners. Add ${missing[0]}://HOST:PORT there.`,
  )
}

function checkAdvertised(config: BrokerConfig, names: ReadonlySet<string>): readonly string[] {
  const advertised = config.advertisedListeners
  const advertisedNames = advertised.map(endpoint => endpoint.listener)
  const strangers = advertisedNames.filter(name => !names.has(name))
  const interBroker = config.interBrokerListener
  return [
    ...when(
      advertised.length === 0,
      'listeners: no listener is left for clients, all are in controller.listener.names.',
    ),
    ...when(
      config.string('inter.broker.listener.name') !== null && config.isSet('security.inter.broker.protocol'),
      'inter.broker.listener.name and security.inter.broker.protocol must not both be set. Remove the second.',
    ),
    ...when(
      advertised.length > 0 && !advertisedNames.includes(interBroker),
      `inter.broker.listener.name is ${interBroker}: it must be one of the advertised listeners, ${advertisedNames.join(', ')}.`,
    ),
    ...when(
      config.string('inter.broker.listener.name') !== null && !config.listenerProtocols.has(interBroker),
      `inter.broker.listener.name is ${interBroker}: it has no protocol in listener.security.protocol.map.`,
    ),
    ...when(strangers.length > 0, `advertised.listeners: ${strangers.join(', ')} is not among listeners.`),
    ...when(
      [...advertised, ...advertisedControllers(config)].some(endpoint => endpoint.host === '0.0.0.0'),
      'advertised.listeners: nobody can connect to 0.0.0.0. Set it to an address that clients reach.',
    ),
  ]
}

/** Controller listeners that are advertised by name; one that only listens on 0.0.0.0 stands for this machine. */
function advertisedControllers(config: BrokerConfig): readonly Endpoint[] {
  const controllers = config.list('controller.listener.names')
  return config.allAdvertisedListeners.filter(endpoint => controllers.includes(endpoint.listener))
}

function checkQuorum(config: BrokerConfig): readonly string[] {
  const voters = config.quorumVoters
  const servers = config.quorumBootstrapServers
  const ports = new Set([...config.controllerListeners, ...advertisedControllers(config)].map(({ port }) => port))
  return [
    ...when(
      voters.size === 0 && servers.length === 0,
      'controller.quorum.voters: the controller must be named. Set it to NODE_ID@HOST:PORT of the controller listener.',
    ),
    ...when(
      voters.size > 0 && !voters.has(config.nodeId),
      `controller.quorum.voters: it must name this node, ${config.nodeId}, because process.roles has controller.`,
    ),
    ...when(
      voters.size > 1,
      'controller.quorum.voters: a quorum of several nodes is not implemented yet, metadata would not be copied. Name this node only.',
    ),
    ...when(
      voters.size === 0 && servers.length > 0 && (servers.length > 1 || !ports.has(servers[0]!.port)),
      "controller.quorum.bootstrap.servers: joining a quorum of other nodes is not implemented yet. Set it to this node's own controller listener.",
    ),
  ]
}

function checkPlaintext(config: BrokerConfig): readonly string[] {
  const others = config.allListeners.filter(endpoint => endpoint.protocol !== 'PLAINTEXT')
  return others.map(
    ({ listener, protocol }) =>
      `listeners: ${listener} is ${protocol}, which is not implemented yet. Use PLAINTEXT listeners on a network you trust.`,
  )
}
