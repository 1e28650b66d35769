// What each topic setting does, for people who ask a tool (DescribeConfigs with documentation). Our own words.

import type { TopicSettingName } from './topic-settings.ts'

export const topicDocumentation: Readonly<Record<TopicSettingName, string>> = {
  'cleanup.policy':
    'How old data goes: "delete" removes whole segments by age and size, "compact" keeps the last record of each key. Both may be named; an empty list keeps everything.',
  'compression.gzip.level': 'The level used when the broker compresses with gzip itself; -1 is the standard one.',
  'compression.lz4.level': 'The level used when the broker compresses with lz4 itself.',
  'compression.type':
    'How batches are stored: "producer" keeps them as they were sent, a codec recompresses those that differ, "uncompressed" unpacks them.',
  'compression.zstd.level': 'The level used when the broker compresses with zstd itself.',
  'delete.retention.ms':
    'How long a compacted topic keeps tombstones, so that readers who are behind still see the deletion.',
  'file.delete.delay.ms': 'How long the files of a removed segment stay on disk under another name.',
  'flush.messages':
    'After how many records the log is forced to disk before they are acknowledged. 1: every acknowledged record survives a loss of power.',
  'flush.ms': 'After how many milliseconds unforced records are forced to disk.',
  'follower.replication.throttled.replicas':
    'Replicas whose following is throttled, as partition:broker pairs or * for all.',
  'index.interval.bytes': 'How many bytes of log lie between two entries of the offset index.',
  'internal.segment.bytes': 'The size of a segment without the lower bound of segment.bytes; for tests.',
  'leader.replication.throttled.replicas':
    'Replicas whose leading is throttled, as partition:broker pairs or * for all.',
  'local.retention.bytes':
    'With tiered storage: how much of a partition stays on the local disk; -2 means retention.bytes.',
  'local.retention.ms': 'With tiered storage: how long segments stay on the local disk; -2 means retention.ms.',
  'max.compaction.lag.ms': 'The longest time that a record of a compacted topic may stay uncompacted.',
  'max.message.bytes': 'The largest batch that is accepted, in bytes, as it is stored.',
  'message.timestamp.after.max.ms': "How far a record's timestamp may lie ahead of the broker's clock.",
  'message.timestamp.before.max.ms': "How far a record's timestamp may lie behind the broker's clock.",
  'message.timestamp.type': "Whose timestamp records carry: CreateTime is the producer's, LogAppendTime the broker's.",
  'min.cleanable.dirty.ratio': 'The share of a compacted log that must be uncompacted before it is compacted again.',
  'min.compaction.lag.ms': 'The shortest time that a record of a compacted topic stays uncompacted.',
  'min.insync.replicas': 'How many replicas must have a record before a producer with acks=all is answered.',
  preallocate: 'Whether the file of a new segment is given its full size at once.',
  'remote.log.copy.disable': 'With tiered storage: stop copying segments to it.',
  'remote.log.delete.on.disable': 'With tiered storage: delete what is there when it is switched off.',
  'remote.storage.enable': 'Whether segments are also kept in tiered storage.',
  'retention.bytes': 'How large a partition may become before its oldest segments are deleted; -1 is without bound.',
  'retention.ms': 'How long records are kept before their segments are deleted; -1 is for ever.',
  'segment.bytes': 'The size at which a new segment begins.',
  'segment.index.bytes': "The size of a segment's index files; a full one begins a new segment.",
  'segment.jitter.ms': 'The most by which segment.ms is shortened at random, so that not all partitions roll at once.',
  'segment.ms': 'The age at which a new segment begins, even if it is not full.',
  'unclean.leader.election.enable':
    'Whether a replica that is not in sync may lead when no other is left, at the price of lost records.',
}
