// Broker settings about who this node is, its part in the quorum, the metadata log, and metrics.
// Source: Kafka 4.3.0's KRaftConfigs, QuorumConfig, MetadataLogConfig, ServerConfigs, MetricConfigs.

import type { SettingTable } from '../setting.ts'
import { boolean, clusterWide, int, internal, list, long, refuse, required, string, warn } from '../setting.ts'
import { atLeast, bootstrapServers, items, voters } from '../setting-rule.ts'

const oneNode = 'the node is its own and only controller'
const oneVoter = 'the metadata quorum is this node alone. Remove the setting'
const ownMetrics = 'Java metrics do not exist here'
const noTelemetry = 'clients are not asked for their metrics'
const stableOnly = 'only stable versions are offered'

export const nodeSettings = {
  'broker.heartbeat.interval.ms': int('2000', warn(oneNode)),
  'broker.id': int('-1'),
  'broker.rack': string(null),
  'broker.session.timeout.ms': int('9000', warn(oneNode)),
  'controlled.shutdown.enable': boolean('true', warn(oneNode)),
  'controller.listener.names': list(required, items({ empty: false })),
  'controller.performance.always.log.threshold.ms': long('2000', atLeast(0), internal, warn(ownMetrics)),
  'controller.performance.sample.period.ms': long('60000', atLeast(100), internal, warn(ownMetrics)),
  'controller.quorum.append.linger.ms': int('25', atLeast(0), warn(oneNode)),
  'controller.quorum.auto.join.enable': boolean('false', refuse(oneVoter)),
  'controller.quorum.bootstrap.servers': list('', bootstrapServers),
  'controller.quorum.election.backoff.max.ms': int('1000', atLeast(0), warn(oneNode)),
  'controller.quorum.election.timeout.ms': int('1000', atLeast(0), warn(oneNode)),
  'controller.quorum.fetch.max.bytes': int('1048576', atLeast(1), warn(oneNode)),
  'controller.quorum.fetch.snapshot.max.bytes': int('1048576', atLeast(1), warn(oneNode)),
  'controller.quorum.fetch.timeout.ms': int('2000', atLeast(0), warn(oneNode)),
  'controller.quorum.request.timeout.ms': int('2000', atLeast(0), warn(oneNode)),
  'controller.quorum.retry.backoff.ms': int('20', atLeast(0), warn(oneNode)),
  'controller.quorum.voters': list('', voters),
  'controller.socket.timeout.ms': int('30000', warn(oneNode)),
  'initial.broker.registration.timeout.ms': int('60000', warn(oneNode)),
  'internal.metadata.delete.delay.millis': long('60000', internal),
  'internal.metadata.log.segment.bytes': int(null, internal),
  'internal.metadata.max.batch.size.in.bytes': int('8388608', internal),
  'kafka.metrics.polling.interval.secs': int('10', atLeast(1), warn(ownMetrics)),
  'kafka.metrics.reporters': list('', items({ empty: true }), warn(ownMetrics)),
  'metadata.log.dir': string(null),
  'metadata.log.max.record.bytes.between.snapshots': long('20971520', atLeast(1)),
  'metadata.log.max.snapshot.interval.ms': long('3600000', atLeast(0)),
  'metadata.log.segment.bytes': int('1073741824', atLeast(8_388_608)),
  'metadata.log.segment.ms': long('604800000'),
  'metadata.max.idle.interval.ms': int('500', atLeast(0)),
  'metadata.max.retention.bytes': long('104857600'),
  'metadata.max.retention.ms': long('604800000'),
  'metric.reporters': list(
    'org.apache.kafka.common.metrics.JmxReporter',
    items({ empty: true }),
    clusterWide,
    warn(ownMetrics),
  ),
  'metrics.num.samples': int('2', atLeast(1), warn(ownMetrics)),
  'metrics.recording.level': string('INFO', warn(ownMetrics)),
  'metrics.sample.window.ms': long('30000', atLeast(1), warn(ownMetrics)),
  'node.id': int(required, atLeast(0)),
  'process.roles': list(required, items({ empty: false, values: ['broker', 'controller'] })),
  'server.max.startup.time.ms': long('9223372036854775807', atLeast(0), internal, warn(oneNode)),
  'telemetry.max.bytes': int('1048576', atLeast(1), warn(noTelemetry)),
  'unstable.api.versions.enable': boolean('false', internal, warn(stableOnly)),
  'unstable.feature.versions.enable': boolean('false', internal, warn(stableOnly)),
} as const satisfies SettingTable
