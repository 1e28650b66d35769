// The way to administer a Kafka cluster: what Kafka's Java Admin does, by topic. Methods that end in `All` answer an outcome
// for each thing that was asked for, those beside them take one and reject when it failed.
//
//   const admin = new Admin({ bootstrap: '127.0.0.1:9092' })
//   await admin.topics.create({ name: 'orders', partitions: 12 })
//   await admin.close()

import type { ClientWorld } from '../client-world.ts'
import { Cluster } from '../cluster/cluster.ts'
import { channels } from '../observability/channels.ts'
import { clientWorld } from '../real-client-world.ts'
import { AclAdmin } from './acls.ts'
import { ClusterAdmin } from './brokers.ts'
import { type AdminOptions, adminSettings, type CallOptions } from './call-options.ts'
import { AdminCalls } from './calls.ts'
import { ClientQuotaAdmin } from './client-quotas.ts'
import { ConfigAdmin } from './configs.ts'
import { DelegationTokenAdmin } from './delegation-tokens.ts'
import { ElectionAdmin } from './elections.ts'
import { FeatureAdmin } from './features.ts'
import { GroupOffsetAdmin } from './group-offsets.ts'
import { GroupAdmin } from './groups.ts'
import { LogDirAdmin } from './log-dirs.ts'
import { OffsetAdmin } from './offsets.ts'
import { ProducerAdmin } from './producers.ts'
import { QuorumAdmin } from './quorum.ts'
import { type ApiName, type RawRequest, type RawResponse, type RawTarget, type RawVersion, rawRequest } from './raw.ts'
import { ReassignmentAdmin } from './reassignments.ts'
import { RecordAdmin } from './records.ts'
import { ScramAdmin } from './scram.ts'
import { ShareGroupAdmin } from './share-groups.ts'
import { StreamsGroupAdmin } from './streams-groups.ts'
import { TopicAdmin } from './topics.ts'
import { TransactionAdmin } from './transactions.ts'

export class Admin {
  /** Create, delete, list, describe, more partitions. */
  readonly topics: TopicAdmin
  /** Settings of topics, brokers, groups, client metrics. */
  readonly configs: ConfigAdmin
  /** Groups of consumers and of anything else: list, describe, delete, remove members. */
  readonly groups: GroupAdmin
  /** What groups have committed. */
  readonly groupOffsets: GroupOffsetAdmin
  readonly shareGroups: ShareGroupAdmin
  readonly streamsGroups: StreamsGroupAdmin
  /** Where partitions begin and end, and what is there at a time. */
  readonly offsets: OffsetAdmin
  /** Deleting records from the beginning. */
  readonly records: RecordAdmin
  readonly logDirs: LogDirAdmin
  readonly transactions: TransactionAdmin
  /** Who writes to a partition. */
  readonly producers: ProducerAdmin
  readonly features: FeatureAdmin
  /** Of the metadata. */
  readonly quorum: QuorumAdmin
  /** The cluster itself and its brokers. */
  readonly cluster: ClusterAdmin
  readonly reassignments: ReassignmentAdmin
  readonly elections: ElectionAdmin
  readonly quotas: ClientQuotaAdmin
  readonly scram: ScramAdmin
  readonly acls: AclAdmin
  readonly tokens: DelegationTokenAdmin
  readonly #calls: AdminCalls

  /** Nothing is asked before the first call. Throws INVALID_ARGUMENT. */
  constructor(options: AdminOptions, world: Partial<ClientWorld> = {}) {
    const calls = new AdminCalls(new Cluster(options, clientWorld(world)), adminSettings(options))
    this.#calls = calls
    this.topics = new TopicAdmin(calls)
    this.configs = new ConfigAdmin(calls)
    this.groups = new GroupAdmin(calls)
    this.groupOffsets = new GroupOffsetAdmin(calls)
    this.shareGroups = new ShareGroupAdmin(calls)
    this.streamsGroups = new StreamsGroupAdmin(calls)
    this.offsets = new OffsetAdmin(calls)
    this.records = new RecordAdmin(calls)
    this.logDirs = new LogDirAdmin(calls)
    this.transactions = new TransactionAdmin(calls)
    this.producers = new ProducerAdmin(calls)
    this.features = new FeatureAdmin(calls)
    this.quorum = new QuorumAdmin(calls)
    this.cluster = new ClusterAdmin(calls)
    this.reassignments = new ReassignmentAdmin(calls)
    this.elections = new ElectionAdmin(calls)
    this.quotas = new ClientQuotaAdmin(calls)
    this.scram = new ScramAdmin(calls)
    this.acls = new AclAdmin(calls)
    this.tokens = new DelegationTokenAdmin(calls)
    this.#tell(channels.clientOpened)
  }

  /**
   * Any request of the protocol by Kafka's name for it: one attempt, and the answer as it came, error codes included. Rejects
   * as `Broker.request` does; UNSUPPORTED_BY_BROKER when the broker does not have that version.
   *
   *   await admin.raw('ListGroups', 5, { typesFilter: ['share'] }, { broker: 1 })
   */
  raw<Name extends ApiName>(
    name: Name,
    version: RawVersion,
    body: RawRequest<Name>,
    options: CallOptions & RawTarget = {},
  ): Promise<RawResponse<Name>> {
    return rawRequest(this.#calls, name, version, body, options)
  }

  /** Closes all connections; calls under way reject. Can be called again. */
  close(): Promise<void> {
    if (!this.#calls.cluster.isClosed) this.#tell(channels.clientClosed)
    this.#calls.cluster.close()
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #tell(channel: typeof channels.clientOpened): void {
    if (!channel.hasSubscribers) return
    channel.publish({ kind: 'admin', clientId: this.#calls.cluster.settings.clientId, client: this })
  }
}
