// A subject's full name: `orders-value` in the default context, `:.staging:orders-value` in another one. A name is always kept in
// its normal form, in which the default context is not written. Confluent: QualifiedSubject, with one tenant.

export const defaultContext = '.'
/** The context whose configuration and mode hold where nothing closer says otherwise. No subjects live there. */
export const globalContext = '.__GLOBAL'
/** Stands for all contexts in a prefix: `:*:`, `:*:orders`. */
export const anyContext = ':*:'

export interface SubjectName {
  /** Starts with a dot: `.` or `.staging`; `*` for any. */
  readonly context: string
  /** Empty for the context itself. */
  readonly subject: string
}

/** Reads a name; never fails, since all that does not start like a context is a subject. */
export function parseSubject(name: string): SubjectName {
  if (name.startsWith(anyContext)) return { context: '*', subject: name.slice(anyContext.length) }
  if (!name.startsWith(':.')) return { context: defaultContext, subject: name }
  const end = name.indexOf(':', 2)
  return end < 0
    ? { context: name.slice(1), subject: '' }
    : { context: name.slice(1, end), subject: name.slice(end + 1) }
}

/** `` for the default context, `:.staging:` for another one. */
export const contextPrefix = (context: string): string => (context === defaultContext ? '' : `:${context}:`)

export const formatSubject = ({ context, subject }: SubjectName): string => contextPrefix(context) + subject

/** The name's normal form: `:.:orders` is `orders`, `:.staging` is `:.staging:`. */
export const normalizeSubject = (name: string): string => formatSubject(parseSubject(name))

export const contextOf = (name: string): string => parseSubject(name).context

/** A name that is only a context, the default one included. */
export const isContext = (name: string): boolean => parseSubject(name).subject === ''

export const isDefaultContext = (name: string): boolean => normalizeSubject(name) === ''

export function isGlobalContext(name: string | undefined): boolean {
  if (name === undefined) return false
  const { context, subject } = parseSubject(name)
  return context === globalContext && subject === ''
}

/** A subject as another one in `parent`'s context would mean it: references and aliases are written so. */
export function relativeTo(parent: string, name: string): string {
  const own = parseSubject(name)
  if (own.context !== defaultContext) return formatSubject(own)
  return formatSubject({ context: contextOf(parent), subject: own.subject })
}

/** Whether `name` is what `scope` means: the same name, or one in the context that `scope` names; all for undefined and the global one. */
export function isWithin(name: string, scope: string | undefined): boolean {
  if (scope === undefined || name === scope) return true
  const { context, subject } = parseSubject(scope)
  return subject === '' && (context === globalContext || context === contextOf(name))
}

/** Names that Confluent refuses to register under: control characters, and words that it keeps for itself. */
export function isValidSubject(name: string, options: { readonly isConfigOrMode?: boolean } = {}): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for (Character.isISOControl)
  if (/[\u0000-\u001f\u007f-\u009f]|\p{Surrogate}/u.test(name)) return false
  const { context, subject } = parseSubject(name)
  if (subject === '__GLOBAL' || subject === '__EMPTY') return false
  return options.isConfigOrMode === true || context !== globalContext
}

/**
 * A context as a path names it (`staging`, `.staging`, `:.staging:`), as a prefix of subjects: `:.staging:`, or `` for the default one.
 * Undefined when there is a colon inside, which no context has.
 */
export function prefixOfContext(context: string): string | undefined {
  const bare = context.replace(/^:/, '').replace(/:$/, '')
  if (bare.includes(':')) return undefined
  return contextPrefix(bare.startsWith('.') ? bare : `.${bare}`)
}
