// A conversation with a registry, written down: what is asked, in order. Ids are named, since two registries may count differently.

export interface Step {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** `{#name}` stands for the id that was answered to the step that `keeps` this name. */
  readonly path: string
  /** A string goes as it is, all else as JSON. */
  readonly body?: unknown
  /** application/vnd.schemaregistry.v1+json when left out. */
  readonly contentType?: string
  /** The name of the id in its answer. */
  readonly keeps?: string
}

/** Steps that depend on each other. It has subjects of its own, so that scenarios do not depend on one another. */
export interface Scenario {
  readonly name: string
  readonly steps: readonly Step[]
}

export const get = (path: string): Step => ({ method: 'GET', path })
export const remove = (path: string): Step => ({ method: 'DELETE', path })
export const put = (path: string, body: unknown): Step => ({ method: 'PUT', path, body })
export const post = (path: string, body: unknown): Step => ({ method: 'POST', path, body })

/** Registers a schema, and keeps its id under a name. */
export const register = (subject: string, schema: unknown, keeps: string, more: object = {}, query = ''): Step => ({
  ...post(`/subjects/${subject}/versions${query}`, { schema: textOf(schema), ...more }),
  keeps,
})

export const lookUp = (subject: string, schema: unknown, query = '', more: object = {}): Step =>
  post(`/subjects/${subject}${query}`, { schema: textOf(schema), ...more })

export const compare = (subject: string, version: number | string, schema: unknown, query = ''): Step =>
  post(`/compatibility/subjects/${subject}/versions/${version}${query}`, { schema: textOf(schema) })

const textOf = (schema: unknown): unknown => (typeof schema === 'string' ? schema : JSON.stringify(schema))
