// What one configuration setting is: its type, default, rule, how it may change at run time, and what Millrace does with
// it. The tables (broker-settings.ts, topic-settings.ts, group-settings.ts) are made of these values.
//
// Defaults are the exact text that Kafka shows, never a number: Long.MAX_VALUE is a common default and must not be
// rounded. Source: Kafka 4.3.0's ConfigDef and its validators.

import type { Rule } from './setting-rule.ts'

export type SettingType = 'boolean' | 'int' | 'long' | 'short' | 'double' | 'string' | 'list' | 'class' | 'password'

/** When a broker setting may change: only by a restart, for one broker at run time, or also for the whole cluster. */
export type UpdateMode = 'read-only' | 'per-broker' | 'cluster-wide'

/**
 * What happens when somebody sets a broker setting to something else than its default.
 * `implemented`: it is obeyed. `warn`: Kafka knows it, we do not obey it, and nothing is lost by that; one warning.
 * `refuse`: not obeying it would weaken security, durability or placement, so the broker does not start.
 */
export type SettingStatus = 'implemented' | 'warn' | 'refuse'

export interface Setting<Type extends SettingType = SettingType, Nullable extends boolean = boolean> {
  readonly type: Type
  /** Exact text; null: no value unless set; undefined: must be set. */
  readonly default: string | null | undefined
  /** Only for the type system: whether reading it can give null. */
  readonly nullable: Nullable
  readonly rule: Rule | null
  readonly updateMode: UpdateMode
  /** Left out of descriptions unless somebody set it. */
  readonly internal: boolean
  readonly status: SettingStatus
  /** For `warn` and `refuse`: why, and what to do. */
  readonly advice: string
}

/** The value of a setting once parsed. LONG values beyond 2^53 are bigint, so that they are never rounded. */
export type SettingValue<Type extends SettingType = SettingType> = Type extends 'boolean'
  ? boolean
  : Type extends 'int' | 'short' | 'double'
    ? number
    : Type extends 'long'
      ? number | bigint
      : Type extends 'list'
        ? readonly string[]
        : string

export type SettingTable = Readonly<Record<string, Setting>>

/** Part of a setting, as the tables put it together. */
export type Trait = Partial<Pick<Setting, 'rule' | 'updateMode' | 'internal' | 'status' | 'advice'>>

/** The value of a setting's type is secret: it is never described, printed or logged. */
export const isSensitive = (setting: Setting): boolean => setting.type === 'password'

/** In place of a default: the setting must be set. */
export const required: unique symbol = Symbol('required')

type Default = string | null | typeof required

const of =
  <Type extends SettingType>(type: Type) =>
  <D extends Default>(fallback: D, ...traits: Trait[]): Setting<Type, D extends null ? true : false> =>
    Object.assign(
      {
        type,
        default: fallback === required ? undefined : (fallback as string | null),
        nullable: (fallback === null) as D extends null ? true : false,
        rule: null,
        updateMode: 'read-only' as UpdateMode,
        internal: false,
        status: 'implemented' as SettingStatus,
        advice: '',
      },
      ...traits,
    )

export const boolean = of('boolean')
export const int = of('int')
export const long = of('long')
export const short = of('short')
export const double = of('double')
export const string = of('string')
export const list = of('list')
export const className = of('class')
export const password = of('password')

export const perBroker: Trait = { updateMode: 'per-broker' }
export const clusterWide: Trait = { updateMode: 'cluster-wide' }
export const internal: Trait = { internal: true }
export const implemented: Trait = { status: 'implemented' }
/** `why` ends the sentence "… is not implemented:". */
export const warn = (why: string): Trait => ({ status: 'warn', advice: why })
/** `advice` says why the broker will not start without it, and what to do. */
export const refuse = (advice: string): Trait => ({ status: 'refuse', advice })
