// The APIs that a broker of the kit answers, by the names that Kafka gives them: what `fault` can be told of, and what requests are of.
// A test holds this table against the broker's own.

import { addOffsetsToTxn } from '../../protocol/messages/add-offsets-to-txn.ts'
import { addPartitionsToTxn } from '../../protocol/messages/add-partitions-to-txn.ts'
import { alterConfigs } from '../../protocol/messages/alter-configs.ts'
import { alterPartitionReassignments } from '../../protocol/messages/alter-partition-reassignments.ts'
import { alterReplicaLogDirs } from '../../protocol/messages/alter-replica-log-dirs.ts'
import { apiVersions } from '../../protocol/messages/api-versions.ts'
import { consumerGroupDescribe } from '../../protocol/messages/consumer-group-describe.ts'
import { consumerGroupHeartbeat } from '../../protocol/messages/consumer-group-heartbeat.ts'
import { createPartitions } from '../../protocol/messages/create-partitions.ts'
import { createTopics } from '../../protocol/messages/create-topics.ts'
import { deleteGroups } from '../../protocol/messages/delete-groups.ts'
import { deleteRecords } from '../../protocol/messages/delete-records.ts'
import { deleteTopics } from '../../protocol/messages/delete-topics.ts'
import { describeCluster } from '../../protocol/messages/describe-cluster.ts'
import { describeConfigs } from '../../protocol/messages/describe-configs.ts'
import { describeGroups } from '../../protocol/messages/describe-groups.ts'
import { describeLogDirs } from '../../protocol/messages/describe-log-dirs.ts'
import { describeProducers } from '../../protocol/messages/describe-producers.ts'
import { describeQuorum } from '../../protocol/messages/describe-quorum.ts'
import { describeTopicPartitions } from '../../protocol/messages/describe-topic-partitions.ts'
import { describeTransactions } from '../../protocol/messages/describe-transactions.ts'
import { electLeaders } from '../../protocol/messages/elect-leaders.ts'
import { endTxn } from '../../protocol/messages/end-txn.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { findCoordinator } from '../../protocol/messages/find-coordinator.ts'
import { heartbeat } from '../../protocol/messages/heartbeat.ts'
import { incrementalAlterConfigs } from '../../protocol/messages/incremental-alter-configs.ts'
import { initProducerId } from '../../protocol/messages/init-producer-id.ts'
import { joinGroup } from '../../protocol/messages/join-group.ts'
import { leaveGroup } from '../../protocol/messages/leave-group.ts'
import { listConfigResources } from '../../protocol/messages/list-config-resources.ts'
import { listGroups } from '../../protocol/messages/list-groups.ts'
import { listOffsets } from '../../protocol/messages/list-offsets.ts'
import { listPartitionReassignments } from '../../protocol/messages/list-partition-reassignments.ts'
import { listTransactions } from '../../protocol/messages/list-transactions.ts'
import { metadata } from '../../protocol/messages/metadata.ts'
import { offsetCommit } from '../../protocol/messages/offset-commit.ts'
import { offsetDelete } from '../../protocol/messages/offset-delete.ts'
import { offsetFetch } from '../../protocol/messages/offset-fetch.ts'
import { offsetForLeaderEpoch } from '../../protocol/messages/offset-for-leader-epoch.ts'
import { produce } from '../../protocol/messages/produce.ts'
import { syncGroup } from '../../protocol/messages/sync-group.ts'
import { txnOffsetCommit } from '../../protocol/messages/txn-offset-commit.ts'
import { unregisterBroker } from '../../protocol/messages/unregister-broker.ts'
import { updateFeatures } from '../../protocol/messages/update-features.ts'
import { writeTxnMarkers } from '../../protocol/messages/write-txn-markers.ts'
import type { Message } from '../../protocol/wire/schema.ts'

export const servedApis = {
  AddOffsetsToTxn: addOffsetsToTxn,
  AddPartitionsToTxn: addPartitionsToTxn,
  AlterConfigs: alterConfigs,
  AlterPartitionReassignments: alterPartitionReassignments,
  AlterReplicaLogDirs: alterReplicaLogDirs,
  ApiVersions: apiVersions,
  ConsumerGroupDescribe: consumerGroupDescribe,
  ConsumerGroupHeartbeat: consumerGroupHeartbeat,
  CreatePartitions: createPartitions,
  CreateTopics: createTopics,
  DeleteGroups: deleteGroups,
  DeleteRecords: deleteRecords,
  DeleteTopics: deleteTopics,
  DescribeCluster: describeCluster,
  DescribeConfigs: describeConfigs,
  DescribeGroups: describeGroups,
  DescribeLogDirs: describeLogDirs,
  DescribeProducers: describeProducers,
  DescribeQuorum: describeQuorum,
  DescribeTopicPartitions: describeTopicPartitions,
  DescribeTransactions: describeTransactions,
  ElectLeaders: electLeaders,
  EndTxn: endTxn,
  Fetch: fetch,
  FindCoordinator: findCoordinator,
  Heartbeat: heartbeat,
  IncrementalAlterConfigs: incrementalAlterConfigs,
  InitProducerId: initProducerId,
  JoinGroup: joinGroup,
  LeaveGroup: leaveGroup,
  ListConfigResources: listConfigResources,
  ListGroups: listGroups,
  ListOffsets: listOffsets,
  ListPartitionReassignments: listPartitionReassignments,
  ListTransactions: listTransactions,
  Metadata: metadata,
  OffsetCommit: offsetCommit,
  OffsetDelete: offsetDelete,
  OffsetFetch: offsetFetch,
  OffsetForLeaderEpoch: offsetForLeaderEpoch,
  Produce: produce,
  SyncGroup: syncGroup,
  TxnOffsetCommit: txnOffsetCommit,
  UnregisterBroker: unregisterBroker,
  UpdateFeatures: updateFeatures,
  WriteTxnMarkers: writeTxnMarkers,
} as const

/** As Kafka writes it: Produce, Fetch, JoinGroup. */
export type ApiName = keyof typeof servedApis

/** The decoded request of an API: every field of every version, those that a version lacks at their default. */
export type RequestOf<Name extends ApiName> = Message<(typeof servedApis)[Name]['request']>

export const apiNames = Object.keys(servedApis) as readonly ApiName[]
