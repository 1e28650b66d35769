// The configuration of this broker: what was set (profile, file, --set), Kafka's defaults for the rest, and the values
// that follow from several settings. Immutable; a dynamic change makes a new one (dynamic-config.ts).
//
// Invariant: an existing BrokerConfig obeys every rule of Kafka 4.3.0's KafkaConfig, and sets nothing whose absence in
// Millrace would weaken security, durability or placement. Source: KafkaConfig and AbstractKafkaConfig.

import { checkBrokerRules } from './broker-rules.ts'
import {
  type BrokerSettingName,
  type BrokerSettingOf,
  type BrokerSettings,
  brokerSetting,
  brokerSettings,
} from './broker-settings.ts'
import { ConfigError } from './config-error.ts'
import { type Endpoint, parseEndpoints, parseProtocolMap, type SecurityProtocol } from './listener.ts'
import { defaultValue, parseSetting } from './parse-setting.ts'
import { type HostAndPort, parseHostAndPort, parseVoters, type QuorumVoter } from './quorum-address.ts'
import type { Setting, SettingType, SettingValue } from './setting.ts'
import { judgeSetting } from './setting-status.ts'
import { settingText } from './setting-text.ts'

export type { BrokerSettingName } from './broker-settings.ts'
export type { Endpoint } from './listener.ts'

export type ProcessRole = 'broker' | 'controller'

/** Settings by name, as text. */
export type SettingTexts = ReadonlyMap<string, string>

export interface BrokerConfigInput {
  /** What holds unless it is set elsewhere, such as the development profile. Never warned about. */
  readonly profile?: SettingTexts
  /** What the user's file says. */
  readonly properties?: SettingTexts
  /** What the command line says; it wins. */
  readonly overrides?: SettingTexts
}

type NullOf<Name extends BrokerSettingName> = BrokerSettings[Name]['nullable'] extends true ? null : never

const hourMs = 3_600_000
const minuteMs = 60_000

/** Settings changed at run time: for all brokers, and for this one. */
export interface DynamicTexts {
  readonly cluster: SettingTexts
  readonly broker: SettingTexts
}

type ConfigParts = Pick<BrokerConfig, 'texts' | 'staticTexts' | 'dynamicTexts' | 'warnings'>

export class BrokerConfig {
  /** What was set, as it was written, dynamic values included. */
  readonly texts: SettingTexts
  /** What was set when the broker started. */
  readonly staticTexts: SettingTexts
  /** What was set at run time, for the whole cluster and for this broker, and is applied. */
  readonly dynamicTexts: DynamicTexts
  /** One line for each setting that was set and is known but not obeyed. */
  readonly warnings: readonly string[]
  readonly #values: Map<string, SettingValue | null>

  /** Use `brokerConfig()`, which checks. */
  constructor(parts: ConfigParts, values: Map<string, SettingValue>) {
    this.texts = parts.texts
    this.staticTexts = parts.staticTexts
    this.dynamicTexts = parts.dynamicTexts
    this.warnings = parts.warnings
    this.#values = values
  }

  /** Whether somebody set it, even to its default. */
  isSet(name: string): boolean {
    return this.texts.has(name)
  }

  boolean<Name extends BrokerSettingOf<'boolean'>>(name: Name): boolean | NullOf<Name> {
    return this.#get(name) as boolean | NullOf<Name>
  }

  int<Name extends BrokerSettingOf<'int' | 'short'>>(name: Name): number | NullOf<Name> {
    return this.#get(name) as number | NullOf<Name>
  }

  /** The exact value: bigint beyond 2^53. */
  long<Name extends BrokerSettingOf<'long'>>(name: Name): number | bigint | NullOf<Name> {
    return this.#get(name) as number | bigint | NullOf<Name>
  }

  /** A LONG that is a bound on something countable: what lies beyond 2^53 nobody reaches, so it reads as Infinity. */
  limit<Name extends BrokerSettingOf<'long'>>(name: Name): number | NullOf<Name> {
    const value = this.#get(name) as number | bigint | NullOf<Name>
    return typeof value === 'bigint' ? limitOf(value) : value
  }

  double<Name extends BrokerSettingOf<'double'>>(name: Name): number | NullOf<Name> {
    return this.#get(name) as number | NullOf<Name>
  }

  /** STRING and CLASS settings. */
  string<Name extends BrokerSettingOf<'string' | 'class'>>(name: Name): string | NullOf<Name> {
    return this.#get(name) as string | NullOf<Name>
  }

  list<Name extends BrokerSettingOf<'list'>>(name: Name): readonly string[] | NullOf<Name> {
    return this.#get(name) as readonly string[] | NullOf<Name>
  }

  /** Any setting's typed value; null: none. */
  value(name: BrokerSettingName): SettingValue | null {
    return this.#get(name)
  }

  /** The effective value as Kafka would show it; null: none. Passwords come out in the clear. */
  text(name: BrokerSettingName): string | null {
    return settingText(brokerSettings[name].type, this.#get(name))
  }

  get nodeId(): number {
    return this.int('node.id')
  }

  get processRoles(): ReadonlySet<ProcessRole> {
    return new Set(this.list('process.roles') as readonly ProcessRole[])
  }

  get logDirs(): readonly string[] {
    return this.list('log.dirs') ?? this.list('log.dir')
  }

  /** Where `__cluster_metadata-0` lives. */
  get metadataLogDir(): string {
    return this.string('metadata.log.dir') ?? (this.logDirs[0] as string)
  }

  /** The protocol of every listener name that may be used. */
  get listenerProtocols(): ReadonlyMap<string, SecurityProtocol> {
    const protocols = parseProtocolMap(this.string('listener.security.protocol.map'))
    if (this.isSet('listener.security.protocol.map')) return protocols
    const controllers = this.list('controller.listener.names')
    const names = this.list('listeners').map(entry => entry.slice(0, Math.max(0, entry.indexOf(':'))).toUpperCase())
    // Kafka adds controller listeners as PLAINTEXT only where nothing speaks of SSL or SASL.
    if ([...controllers, ...names].some(name => ['SSL', 'SASL_SSL', 'SASL_PLAINTEXT'].includes(name))) return protocols
    for (const name of controllers) protocols.set(name, 'PLAINTEXT')
    return protocols
  }

  /** All listeners, those of the controller too. */
  get allListeners(): readonly Endpoint[] {
    return parseEndpoints(this.list('listeners'), this.listenerProtocols)
  }

  /** Where clients and brokers connect. */
  get listeners(): readonly Endpoint[] {
    const controllers = this.list('controller.listener.names')
    return this.allListeners.filter(endpoint => !controllers.includes(endpoint.listener))
  }

  get controllerListeners(): readonly Endpoint[] {
    const controllers = this.list('controller.listener.names')
    return this.allListeners.filter(endpoint => controllers.includes(endpoint.listener))
  }

  /** What clients are told to connect to; a null host stands for this machine's name. */
  get advertisedListeners(): readonly Endpoint[] {
    const controllers = this.list('controller.listener.names')
    const endpoints = this.isSet('advertised.listeners') ? this.allAdvertisedListeners : this.allListeners
    return endpoints.filter(endpoint => !controllers.includes(endpoint.listener))
  }

  /** What `advertised.listeners` says, of clients and controllers. */
  get allAdvertisedListeners(): readonly Endpoint[] {
    return parseEndpoints(this.list('advertised.listeners') ?? [], this.listenerProtocols)
  }

  /** The listener by which brokers would reach each other. */
  get interBrokerListener(): string {
    return this.string('inter.broker.listener.name')?.toUpperCase() ?? this.string('security.inter.broker.protocol')
  }

  /** The static voters by id; empty when the quorum is dynamic (`controller.quorum.bootstrap.servers`). */
  get quorumVoters(): ReadonlyMap<number, QuorumVoter> {
    return parseVoters(this.list('controller.quorum.voters'))
  }

  get quorumBootstrapServers(): readonly HostAndPort[] {
    return this.list('controller.quorum.bootstrap.servers').map(parseHostAndPort)
  }

  /** `log.retention.ms`, else minutes, else hours; -1 and below: kept for ever, which is always -1 here. */
  get logRetentionMs(): number | bigint {
    const exact = this.long('log.retention.ms') ?? this.#minutes() ?? this.int('log.retention.hours') * hourMs
    return exact < 0 ? -1 : exact
  }

  get logRollMs(): number | bigint {
    return this.long('log.roll.ms') ?? this.int('log.roll.hours') * hourMs
  }

  get logRollJitterMs(): number | bigint {
    return this.long('log.roll.jitter.ms') ?? this.int('log.roll.jitter.hours') * hourMs
  }

  get logFlushIntervalMs(): number | bigint {
    return this.long('log.flush.interval.ms') ?? this.long('log.flush.scheduler.interval.ms')
  }

  /** Free bytes of a log directory below which produce is refused. */
  get logDirMinFreeBytes(): number {
    return this.limit('log.dir.min.free.bytes')
  }

  #minutes(): number | null {
    const minutes = this.int('log.retention.minutes')
    return minutes === null ? null : minutes * minuteMs
  }

  #get(name: BrokerSettingName): SettingValue | null {
    const known = this.#values.get(name)
    if (known !== undefined) return known
    const value = defaultValue(brokerSettings[name] as Setting<SettingType>)
    this.#values.set(name, value)
    return value
  }
}

/** A LONG as a number, with what does not fit exactly as infinity. */
export const limitOf = (value: number | bigint): number =>
  typeof value === 'number' ? value : value < 0n ? -Infinity : Infinity

/**
 * Puts the three sources together and checks them: names, values, Kafka's rules between settings, and what Millrace
 * refuses. Throws a ConfigError with every problem found.
 */
export function brokerConfig(input: BrokerConfigInput): BrokerConfig {
  const asked = new Map([...(input.properties ?? []), ...(input.overrides ?? [])])
  const given = new Map([...(input.profile ?? []), ...asked])
  const texts = withIds(given)
  const values = new Map<string, SettingValue>()
  const problems: string[] = []
  const warnings: string[] = []
  for (const [name, text] of texts) {
    const setting = brokerSetting(name)
    const parsed = setting ? parseSetting(name, setting, text) : null
    const value = parsed && 'value' in parsed ? parsed.value : null
    if (value !== null) values.set(name, value)
    if (parsed && 'problem' in parsed && given.has(name)) problems.push(parsed.problem)
    const verdict = asked.has(name) ? judgeSetting(name, setting, value) : null
    if (verdict) (verdict.refused ? problems : warnings).push(verdict.text)
  }
  problems.push(...missingSettings(texts))
  if (problems.length > 0) throw new ConfigError(problems)
  const dynamicTexts = { cluster: new Map(), broker: new Map() }
  return checked(new BrokerConfig({ texts, staticTexts: texts, dynamicTexts, warnings }, values))
}

/** A config of these texts, which are valid each by itself, that was started as `base` was. For dynamic changes. */
export function brokerConfigOf(texts: SettingTexts, dynamicTexts: DynamicTexts, base: BrokerConfig): BrokerConfig {
  const values = new Map<string, SettingValue>()
  for (const [name, text] of texts) {
    const setting = brokerSetting(name)
    const parsed = setting && parseSetting(name, setting, text)
    if (parsed && 'value' in parsed) values.set(name, parsed.value)
  }
  const { staticTexts, warnings } = base
  return checked(new BrokerConfig({ texts, staticTexts, dynamicTexts, warnings }, values))
}

function checked(config: BrokerConfig): BrokerConfig {
  const broken = checkBrokerRules(config)
  if (broken.length > 0) throw new ConfigError(broken)
  return config
}

/** `broker.id` and `node.id` stand for each other where only one is set. */
function withIds(given: SettingTexts): Map<string, string> {
  const texts = new Map(given)
  const brokerId = texts.get('broker.id')
  const nodeId = texts.get('node.id')
  if (brokerId === undefined && nodeId !== undefined) texts.set('broker.id', nodeId)
  if (nodeId === undefined && brokerId !== undefined) texts.set('node.id', brokerId)
  return texts
}

function missingSettings(texts: SettingTexts): readonly string[] {
  const required = Object.keys(brokerSettings).filter(name => brokerSetting(name)?.default === undefined)
  return required.filter(name => !texts.has(name)).map(name => `${name} must be set.`)
}
