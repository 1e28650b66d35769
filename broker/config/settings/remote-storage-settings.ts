// Broker settings about tiered storage.
// Source: Kafka 4.3.0's RemoteLogManagerConfig.

import type { SettingTable } from '../setting.ts'
import { boolean, clusterWide, double, int, internal, long, refuse, string, warn } from '../setting.ts'
import { atLeast, between, notEmpty } from '../setting-rule.ts'

const noRemoteStorage = 'tiered storage is off, nothing reads it'
const remoteStorage =
  'tiered storage is not implemented, records would be neither copied out nor found there. Remove the setting'

export const remoteStorageSettings = {
  'follower.fetch.last.tiered.offset.enable': boolean('false', clusterWide, warn(noRemoteStorage)),
  'log.local.retention.bytes': long('-2', atLeast(-2), clusterWide, warn(noRemoteStorage)),
  'log.local.retention.ms': long('-2', atLeast(-2), clusterWide, warn(noRemoteStorage)),
  'remote.fetch.max.wait.ms': int('500', atLeast(1), clusterWide, warn(noRemoteStorage)),
  'remote.list.offsets.request.timeout.ms': long('30000', atLeast(1), clusterWide, warn(noRemoteStorage)),
  'remote.log.index.file.cache.total.size.bytes': long('1073741824', atLeast(1), clusterWide, warn(noRemoteStorage)),
  'remote.log.index.file.cache.ttl.ms': long('900000', atLeast(-1), internal, warn(noRemoteStorage)),
  'remote.log.manager.copier.thread.pool.size': int('10', atLeast(1), clusterWide, warn(noRemoteStorage)),
  'remote.log.manager.copy.max.bytes.per.second': long(
    '9223372036854775807',
    atLeast(1),
    clusterWide,
    warn(noRemoteStorage),
  ),
  'remote.log.manager.copy.quota.window.num': int('11', atLeast(1), warn(noRemoteStorage)),
  'remote.log.manager.copy.quota.window.size.seconds': int('1', atLeast(1), warn(noRemoteStorage)),
  'remote.log.manager.expiration.thread.pool.size': int('10', atLeast(1), clusterWide, warn(noRemoteStorage)),
  'remote.log.manager.fetch.max.bytes.per.second': long(
    '9223372036854775807',
    atLeast(1),
    clusterWide,
    warn(noRemoteStorage),
  ),
  'remote.log.manager.fetch.quota.window.num': int('11', atLeast(1), warn(noRemoteStorage)),
  'remote.log.manager.fetch.quota.window.size.seconds': int('1', atLeast(1), warn(noRemoteStorage)),
  'remote.log.manager.follower.thread.pool.size': int('2', atLeast(1), clusterWide, warn(noRemoteStorage)),
  'remote.log.manager.task.interval.ms': long('30000', atLeast(1), warn(noRemoteStorage)),
  'remote.log.manager.task.retry.backoff.max.ms': long('30000', atLeast(1), internal, warn(noRemoteStorage)),
  'remote.log.manager.task.retry.backoff.ms': long('500', atLeast(1), internal, warn(noRemoteStorage)),
  'remote.log.manager.task.retry.jitter': double('0.2', between(0, 0.5), internal, warn(noRemoteStorage)),
  'remote.log.manager.thread.pool.size': int('2', atLeast(1), warn(noRemoteStorage)),
  'remote.log.metadata.custom.metadata.max.bytes': int('128', atLeast(0), warn(noRemoteStorage)),
  'remote.log.metadata.manager.class.name': string(
    'org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager',
    notEmpty,
    warn(noRemoteStorage),
  ),
  'remote.log.metadata.manager.class.path': string(null, warn(noRemoteStorage)),
  'remote.log.metadata.manager.impl.prefix': string('rlmm.config.', notEmpty, warn(noRemoteStorage)),
  'remote.log.metadata.manager.listener.name': string(null, notEmpty, warn(noRemoteStorage)),
  'remote.log.reader.max.pending.tasks': int('100', atLeast(1), warn(noRemoteStorage)),
  'remote.log.reader.threads': int('10', atLeast(1), clusterWide, warn(noRemoteStorage)),
  'remote.log.storage.manager.class.name': string(null, notEmpty, warn(noRemoteStorage)),
  'remote.log.storage.manager.class.path': string(null, warn(noRemoteStorage)),
  'remote.log.storage.manager.impl.prefix': string('rsm.config.', notEmpty, warn(noRemoteStorage)),
  'remote.log.storage.system.enable': boolean('false', refuse(remoteStorage)),
} as const satisfies SettingTable
