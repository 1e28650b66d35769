// One definition of a route says all about it: what it reads, what it answers, what it does. The server is made of these, and so is the
// OpenAPI document, which therefore cannot say anything else than what happens.

import type { Registry } from '../registry.ts'
import type { FieldReader } from '../store/field-reader.ts'
import type { JsonSchema, SchemaName } from './answer-schemas.ts'
import type { Parameter } from './parameters.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** Answered as it is, not as JSON. */
export class RawText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What a route answers besides refusals: the name of a schema, or one of its own; `null`: 204, nothing. */
export type AnswerSchema = SchemaName | JsonSchema | null

// biome-ignore lint/suspicious/noExplicitAny: a table of parameters of any kinds, whose own types the route infers
export type Parameters = Readonly<Record<string, Parameter<any>>>

/** What parameters have been read as. */
export type Values<P extends Parameters> = { readonly [K in keyof P]: P[K] extends Parameter<infer T> ? T : never }

export interface BodyDefinition<B> {
  readonly schema: SchemaName
  /** @throws FieldError, RegistryError */
  readonly read: (fields: FieldReader) => B
}

export interface RouteDefinition<P extends Parameters = Parameters, B = unknown> {
  readonly method: Method
  /** `/subjects/{subject}`: names in braces are parameters whose place is `path`. */
  readonly path: string
  /** Confluent's name of the operation. */
  readonly operation: string
  readonly summary: string
  readonly tag: string
  readonly parameters: P
  readonly body?: BodyDefinition<B>
  readonly answer: AnswerSchema
  /** Codes that it may refuse with, besides those that any route has. */
  readonly refusals: readonly number[]
  /** Only the leader does it; others send it on. */
  readonly isWrite?: boolean
  /** A write's answer where nothing has to be written, which any instance may give; undefined: the leader has to be asked. */
  readonly answerHere?: (registry: Registry, values: Values<P>, body: B) => unknown
  readonly handle: (registry: Registry, values: Values<P>, body: B) => unknown
}

/** Lets a definition's parts be told by each other. */
export const route = <const P extends Parameters, B = undefined>(definition: RouteDefinition<P, B>): RouteDefinition =>
  definition as unknown as RouteDefinition
