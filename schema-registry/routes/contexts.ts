// /contexts: name spaces of subjects and ids. Confluent: ContextsResource. What follows a context in a path is another route, asked
// within it: context-path.ts.

import { defaultContext, normalizeSubject } from '../store/subject-name.ts'
import { lists } from './answer-schemas.ts'
import { context, limit, offset, page, text } from './parameters.ts'
import { type RouteDefinition, route } from './route.ts'

const tag = 'Contexts'

const listContexts = route({
  method: 'GET',
  path: '/contexts',
  operation: 'getAllContexts',
  summary: 'Lists the contexts.',
  tag,
  parameters: { contextPrefix: text('What their names start with.'), offset, limit },
  answer: lists.texts,
  refusals: [],
  handle: (registry, asked) => {
    const contexts = [defaultContext, ...registry.state.contexts()].filter(name => name.startsWith(asked.contextPrefix))
    return page(contexts, asked, Number.POSITIVE_INFINITY)
  },
})

const deleteContext = route({
  method: 'DELETE',
  path: '/contexts/{context}',
  operation: 'deleteContext',
  summary: 'Forgets a context that has no subjects any more.',
  tag,
  parameters: { context },
  answer: null,
  refusals: [42211],
  isWrite: true,
  handle: async (registry, asked) => {
    await registry.deleteContext(normalizeSubject(asked.context))
    return null
  },
})

export const contextRoutes: readonly RouteDefinition[] = [listContexts, deleteContext]
