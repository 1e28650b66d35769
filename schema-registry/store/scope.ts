// Which configuration and which mode hold for a subject: its own, or its context's, or the global context's, or the default. Confluent:
// InMemoryCache.config and mode, AbstractSchemaRegistry.getConfigInScope.

import type { Config, Mode } from './entities.ts'
import type { RegistryState } from './state.ts'
import { contextPrefix, defaultContext, globalContext, isGlobalContext, parseSubject } from './subject-name.ts'

export const defaultCompatibilityLevel = 'BACKWARD'
export const defaultMode: Mode = 'READWRITE'

/** A configuration that says at least how compatible schemas have to be. */
export type WholeConfig = Config & Required<Pick<Config, 'compatibilityLevel'>>

/** The scope's own configuration; undefined when a subject or a context has none. Everything (undefined) always has one. */
export function ownConfig(state: RegistryState, scope: string | undefined): WholeConfig | undefined {
  const config = state.config(scope)
  if (config) return whole(config)
  return scope === undefined || isGlobalContext(scope) ? whole({}) : undefined
}

/** What holds for the scope, from wherever it comes. */
export function configInScope(state: RegistryState, scope: string | undefined): WholeConfig {
  const own = scope === undefined ? undefined : ownConfig(state, scope)
  if (own === undefined) return whole(nearest(scope, name => state.config(name)) ?? {})
  return merged(ownConfig(state, undefined)!, own)
}

/** The scope's own mode; undefined when a subject or a context has none. */
export function ownMode(state: RegistryState, scope: string | undefined): Mode | undefined {
  return state.mode(scope) ?? (scope === undefined || isGlobalContext(scope) ? defaultMode : undefined)
}

export function modeInScope(state: RegistryState, scope: string | undefined): Mode {
  return nearest(scope, name => state.mode(name)) ?? defaultMode
}

function nearest<T>(scope: string | undefined, find: (name: string | undefined) => T | undefined): T | undefined {
  const context = scope === undefined ? defaultContext : parseSubject(scope).context
  const ofContext = context === defaultContext ? undefined : contextPrefix(context)
  return find(scope) ?? find(ofContext) ?? find(contextPrefix(globalContext))
}

const whole = (config: Config): WholeConfig => ({ compatibilityLevel: defaultCompatibilityLevel, ...defined(config) })

// A field that is there and undefined would hide a default behind it.
function defined(config: Config): Config {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined))
}

function merged(wide: Config, own: WholeConfig): WholeConfig {
  return {
    ...own,
    normalize: own.normalize ?? wide.normalize,
    validateFields: own.validateFields ?? wide.validateFields,
    validateNewSchemas: own.validateNewSchemas ?? wide.validateNewSchemas,
    validateRules: own.validateRules ?? wide.validateRules,
    compatibilityPolicy: own.compatibilityPolicy ?? wide.compatibilityPolicy,
    compatibilityGroup: own.compatibilityGroup ?? wide.compatibilityGroup,
  }
}

/** The subject that a name stands for: the one that its configuration gives as its alias, or itself. */
export function withoutAlias(
  state: RegistryState,
  subject: string,
  relativeTo: (parent: string, name: string) => string,
): string {
  const alias = state.config(subject)?.alias
  return alias ? relativeTo(subject, alias) : subject
}
