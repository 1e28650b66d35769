// One instance of the registry, put together: the log in `_schemas`, the state that it makes, who leads, and the HTTP server.
//
// A start: listen, so that a taken port is known before anything is touched -> create or verify the topic and read it to its end,
// while requests are told 503 -> serve reads -> join the election; writes wait until somebody leads.
// An end: leave the election, so that another instance leads at once -> the server -> the log.

import { Admin } from '../client/admin/admin.ts'
import type { ClientWorld } from '../client/client-world.ts'
import { Cluster } from '../client/cluster/cluster.ts'
import type { ClusterOptions } from '../client/cluster/cluster-options.ts'
import { avroType } from './avro/avro-type.ts'
import type { Credentials } from './credentials.ts'
import { forwardHook } from './leader/forward-hook.ts'
import { Forwarder } from './leader/forwarder.ts'
import { type InstanceIdentity, urlOf } from './leader/instance-identity.ts'
import { LeaderElector, type LeaderElectorSettings, leaderElectorDefaults } from './leader/leader-elector.ts'
import { loneLeadership } from './leader/lone-leadership.ts'
import { nodeFetch } from './leader/node-fetch.ts'
import { KafkaSchemasLog, type KafkaSchemasLogSettings } from './log/kafka-schemas-log.ts'
import { Registry } from './registry.ts'
import { registryServer } from './server.ts'
import type { Leadership, SchemasLog } from './store/schemas-log.ts'
import { RegistryState } from './store/state.ts'

export interface RegistryInstanceOptions {
  readonly cluster: ClusterOptions
  readonly world: ClientWorld
  /** Told by /v1/metadata/version. */
  readonly version: string
  /** Port 0: a free one. */
  readonly listen: { readonly host: string; readonly port: number }
  /** Where other instances reach this one; where it listens, as far as it is left out. */
  readonly advertise?: { readonly host?: string; readonly port?: number }
  /** PEM texts: then it is HTTPS. */
  readonly tls?: { readonly key: string; readonly cert: string }
  readonly credentials?: Credentials
  /** group: by the group of all instances; none: this one leads, always. */
  readonly election: 'group' | 'none'
  /** Whether it may lead; true. [leader.eligibility] */
  readonly isEligible?: boolean
  readonly log?: Partial<KafkaSchemasLogSettings>
  readonly elector?: Partial<LeaderElectorSettings>
  /** Who leads has changed, as far as this instance knows. */
  readonly onLeadership?: (leadership: Leadership) => void
  /** For tests that plant a fault: what the registry is given in place of its log. */
  readonly planted?: (log: KafkaSchemasLog) => SchemasLog
}

const starting = { error_code: 503, message: 'The registry is starting: it reads its topic; try again in a moment' }

type App = Awaited<ReturnType<typeof registryServer>>

export class RegistryInstance {
  readonly #options: RegistryInstanceOptions
  readonly #cluster: Cluster
  readonly #admin: Admin
  readonly #log: KafkaSchemasLog
  readonly #forwarder: Forwarder
  /** Of whoever decides it; nobody leads before the start is over. */
  readonly #leadership: Leadership
  #decided: Leadership | undefined
  #elector: LeaderElector | undefined
  #app: App | undefined
  #isStarted = false
  #url = ''

  private constructor(options: RegistryInstanceOptions, state: RegistryState) {
    const { cluster: clusterOptions, world } = options
    this.#options = options
    this.#cluster = new Cluster(clusterOptions, world)
    this.#admin = new Admin(clusterOptions, world)
    this.#log = new KafkaSchemasLog({
      ...options.log,
      clusterOptions,
      cluster: this.#cluster,
      admin: this.#admin,
      world,
      sink: state,
      leaderUrl: () => this.#url,
      onDeposed: () => this.#elector?.stepAside('another instance writes as the leader'),
    })
    const decided = () => this.#decided
    this.#leadership = {
      get isLeader() {
        return decided()?.isLeader ?? false
      },
      get leaderUrl() {
        return decided()?.leaderUrl
      },
    }
    this.#forwarder = new Forwarder({ leadership: this.#leadership, clock: world.clock, fetch: nodeFetch })
  }

  /**
   * Resolves when reads are served. Rejects with the operating system's error of a port that is taken, a SchemasTopicError, a
   * ClientError, a SchemasLogError; nothing is left behind then.
   */
  static async start(options: RegistryInstanceOptions): Promise<RegistryInstance> {
    const state = new RegistryState()
    const instance = new RegistryInstance(options, state)
    try {
      await instance.#start(state)
      return instance
    } catch (error) {
      await instance.close()
      throw error
    }
  }

  /** Where it is reached, as it says to others. */
  get url(): string {
    return this.#url
  }

  get leadership(): Leadership {
    return this.#leadership
  }

  /** Offset after the last record that it has read. */
  get appliedOffset(): bigint {
    return this.#log.appliedOffset
  }

  async close(): Promise<void> {
    await this.#elector?.close()
    await this.#app?.close()
    await this.#log.close()
    await this.#admin.close()
    this.#cluster.close()
  }

  async #start(state: RegistryState): Promise<void> {
    const { listen, advertise, tls } = this.#options
    this.#app = await this.#makeApp(state)
    // Empty when it is the scheme's own, which is no free one: then it was asked for.
    const port = Number(new URL(await this.#app.listen(listen)).port) || listen.port
    const identity = { scheme: tls === undefined ? 'http' : 'https', host: listen.host, port, ...advertise } as const
    this.#url = urlOf(identity)
    await this.#log.open()
    this.#isStarted = true
    if (this.#options.election === 'none') this.#lead(loneLeadership(this.#url))
    else this.#elect({ ...identity, isEligible: this.#options.isEligible ?? true })
  }

  async #makeApp(state: RegistryState): Promise<App> {
    const { world, credentials, tls, version, elector, planted } = this.#options
    const log = planted?.(this.#log) ?? this.#log
    const app = await registryServer({
      registry: new Registry({ state, log, leadership: this.#leadership, types: [avroType] }),
      clock: world.clock,
      logger: world.logger,
      forward: forwardHook(this.#forwarder),
      troubles: () => this.#troubles(),
      version,
      kafkaClusterId: () => this.#cluster.image.clusterId ?? '',
      groupId: elector?.groupId ?? leaderElectorDefaults.groupId,
      ...(credentials && { credentials }),
      ...(tls && { tls }),
    })
    app.addHook('onRequest', async (_request, reply) => {
      if (!this.#isStarted) return reply.code(503).header('retry-after', '1').send(starting)
    })
    return app
  }

  #troubles(): string[] {
    const { failure } = this.#log
    const unread = failure && `the topic cannot be read, what is answered may be old: ${failure.message}`
    return [unread, this.#elector?.trouble].filter(trouble => trouble !== undefined)
  }

  #elect(identity: Omit<InstanceIdentity, 'isLeader'>): void {
    const { elector } = this.#options
    const onChange = (leadership: Leadership) => this.#lead(leadership)
    this.#elector = new LeaderElector({ ...elector, cluster: this.#cluster, identity, onChange })
    this.#elector.start()
  }

  #lead(leadership: Leadership): void {
    const { onLeadership, world } = this.#options
    this.#decided = leadership
    if (leadership.isLeader) this.#log.mayLead = true
    else this.#log.resign()
    this.#forwarder.leadershipChanged()
    onLeadership?.(this.#leadership)
    // What it finds is what the first write would wait for; a lone leader claims when there is a write.
    if (leadership.isLeader && this.#elector !== undefined) {
      this.#log.readToEnd().catch(error => world.logger.warn({ err: error }, 'the registry has not begun to lead'))
    }
  }
}
