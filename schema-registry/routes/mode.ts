// /mode: who may write, and whether ids are given or made, for everything, a context, a subject. Confluent: ModeResource.

import { errors } from '../errors.ts'
import type { Registry } from '../registry.ts'
import { type Mode, modes } from '../store/entities.ts'
import type { FieldReader } from '../store/field-reader.ts'
import { objectOf } from '../store/java-json.ts'
import { modeInScope, ownMode } from '../store/scope.ts'
import { isGlobalContext, isValidSubject } from '../store/subject-name.ts'
import { scopeNamed } from './config.ts'
import { flag, subject } from './parameters.ts'
import { type BodyDefinition, type RouteDefinition, route } from './route.ts'

const tag = 'Modes'
const defaultToGlobal = flag('Whether the mode of a wider scope is answered where there is none.')
const force = flag('Whether IMPORT is set also where there are schemas.')
const recursive = flag('For a context: whether the modes of its subjects are taken away too.')

/** The text as it was sent, which is echoed; null takes the mode away. */
const body: BodyDefinition<string | null> = { schema: 'ModeUpdateRequest', read: readMode }

function readMode(fields: FieldReader): string | null {
  const isThere = fields.has('mode')
  const mode = fields.text('mode')
  if (!isThere) throw errors.invalidMode()
  return mode ?? null
}

function get(registry: Registry, scope: string | undefined, asksWider: boolean): object {
  const mode = asksWider ? modeInScope(registry.state, scope) : ownMode(registry.state, scope)
  if (mode === undefined) throw errors.subjectModeNotConfigured(scope!)
  return { mode }
}

async function set(
  registry: Registry,
  scope: string | undefined,
  sent: string | null,
  isForced: boolean,
): Promise<object> {
  if (scope !== undefined && !isValidSubject(scope, { isConfigOrMode: true })) throw errors.invalidSubject(scope)
  await registry.setMode(scope, sent === null ? undefined : modeNamed(sent, scope), isForced)
  return { mode: sent }
}

function modeNamed(sent: string, scope: string | undefined): Mode {
  const mode = modes.find(name => name === sent.toUpperCase())
  if (mode === undefined) throw errors.invalidMode()
  if (mode === 'FORWARD' && !isGlobalContext(scope))
    throw errors.invalidMode('Forward mode only supported on global level')
  return mode
}

const answerOf = (mode: Mode | undefined) => objectOf([['mode', mode]])

const getGlobal = route({
  method: 'GET',
  path: '/mode',
  operation: 'getGlobalMode',
  summary: 'The mode of everything.',
  tag,
  parameters: { defaultToGlobal },
  answer: 'Mode',
  refusals: [],
  handle: (registry, asked) => get(registry, undefined, asked.defaultToGlobal),
})

const updateGlobal = route({
  method: 'PUT',
  path: '/mode',
  operation: 'updateGlobalMode',
  summary: 'Sets the mode of everything.',
  tag,
  parameters: { force },
  body,
  answer: 'ModeUpdateRequest',
  refusals: [42204, 42205, 42206],
  isWrite: true,
  handle: (registry, asked, mode) => set(registry, undefined, mode, asked.force),
})

const deleteGlobal = route({
  method: 'DELETE',
  path: '/mode',
  operation: 'deleteGlobalMode',
  summary: 'Goes back to READWRITE; answers the mode before.',
  tag,
  parameters: { recursive },
  answer: 'Mode',
  refusals: [],
  isWrite: true,
  handle: async (registry, asked) => answerOf(await registry.deleteMode(undefined, asked.recursive)),
})

const getSubject = route({
  method: 'GET',
  path: '/mode/{subject}',
  operation: 'getSubjectMode',
  summary: 'The mode of a subject or a context.',
  tag,
  parameters: { subject, defaultToGlobal },
  answer: 'Mode',
  refusals: [40409],
  handle: (registry, asked) => get(registry, scopeNamed(asked.subject), asked.defaultToGlobal),
})

const updateSubject = route({
  method: 'PUT',
  path: '/mode/{subject}',
  operation: 'updateSubjectMode',
  summary: 'Sets the mode of a subject or a context.',
  tag,
  parameters: { subject, force },
  body,
  answer: 'ModeUpdateRequest',
  refusals: [42204, 42205, 42206, 42208],
  isWrite: true,
  handle: (registry, asked, mode) => set(registry, scopeNamed(asked.subject), mode, asked.force),
})

const deleteSubject = route({
  method: 'DELETE',
  path: '/mode/{subject}',
  operation: 'deleteSubjectMode',
  summary: 'Takes a subject’s or context’s mode away; answers what it was.',
  tag,
  parameters: { subject, recursive },
  answer: 'Mode',
  refusals: [40401],
  isWrite: true,
  handle: async (registry, asked) => answerOf(await registry.deleteMode(scopeNamed(asked.subject), asked.recursive)),
})

export const modeRoutes: readonly RouteDefinition[] = [
  getGlobal,
  updateGlobal,
  deleteGlobal,
  getSubject,
  updateSubject,
  deleteSubject,
]
