// What a batch of records changed in the image: enough for a subscriber to act without comparing images.

import type { BrokerImage, ConfigResourceType, PartitionImage, TopicImage } from './metadata-image.ts'

/** A partition that is new, or whose replicas, ISR, leader or epochs changed. */
export interface PartitionChange {
  readonly topic: TopicImage
  readonly partition: PartitionImage
  /** Undefined: the partition is new (of a new topic, too). */
  readonly before: PartitionImage | undefined
}

export interface ConfigChange {
  readonly type: ConfigResourceType
  /** '' of `broker`: the cluster-wide default. */
  readonly name: string
}

export interface MetadataDelta {
  /** True for the first delta a subscriber sees: everything in the image. */
  readonly isInitial: boolean
  readonly createdTopics: readonly TopicImage[]
  /** As they were. */
  readonly deletedTopics: readonly TopicImage[]
  /** Those of created topics included; those of deleted ones not. */
  readonly changedPartitions: readonly PartitionChange[]
  /** Overrides set or removed; not mentioned for deleted topics. */
  readonly changedConfigs: readonly ConfigChange[]
  readonly changedBrokers: readonly BrokerImage[]
  readonly changedFeatures: readonly string[]
}
