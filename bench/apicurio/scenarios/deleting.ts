// Soft and permanent deletion, of versions and of subjects.

import { get, lookUp, register, remove, type Scenario } from '../step.ts'
import { field, order, orderWithNote, record } from './schemas.ts'

/** Of one subject alone, so that it says which subjects have it in no other order. */
const soft = record('Soft', [field('id', 'string')], { namespace: 'shop' })
const softWithNote = record('Soft', [field('id', 'string'), field('note', 'string', { default: '' })], {
  namespace: 'shop',
})

export const deleting: readonly Scenario[] = [
  {
    name: 'a version, softly',
    steps: [
      register('soft-version', soft, 'soft'),
      register('soft-version', softWithNote, 'noted'),
      remove('/subjects/soft-version/versions/1'),
      get('/subjects/soft-version/versions'),
      get('/subjects/soft-version/versions?deleted=true'),
      get('/subjects/soft-version/versions?deletedOnly=true'),
      get('/subjects/soft-version/versions/1'),
      get('/subjects/soft-version/versions/1?deleted=true'),
      get('/subjects/soft-version/versions/1/schema'),
      get('/schemas/ids/{#soft}'),
      get('/schemas/ids/{#soft}/versions'),
      get('/schemas/ids/{#soft}/versions?deleted=true'),
      lookUp('soft-version', soft),
      lookUp('soft-version', soft, '?deleted=true'),
      remove('/subjects/soft-version/versions/1'),
    ],
  },
  {
    name: 'a version, for good',
    steps: [
      register('hard-version', order, 'order'),
      register('hard-version', orderWithNote, 'noted'),
      remove('/subjects/hard-version/versions/1?permanent=true'),
      remove('/subjects/hard-version/versions/1'),
      remove('/subjects/hard-version/versions/1?permanent=true'),
      get('/subjects/hard-version/versions?deleted=true'),
      get('/subjects/hard-version/versions/1?deleted=true'),
      remove('/subjects/hard-version/versions/1?permanent=true'),
      get('/subjects/hard-version/versions'),
    ],
  },
  {
    name: 'a subject, softly',
    steps: [
      register('soft-subject', order, 'order'),
      register('soft-subject', orderWithNote, 'noted'),
      remove('/subjects/soft-subject'),
      get('/subjects?subjectPrefix=soft-subject'),
      get('/subjects?subjectPrefix=soft-subject&deleted=true'),
      get('/subjects?subjectPrefix=soft-subject&deletedOnly=true'),
      get('/subjects/soft-subject/versions'),
      get('/subjects/soft-subject/versions?deleted=true'),
      get('/subjects/soft-subject/versions/latest'),
      get('/schemas/ids/{#noted}'),
      lookUp('soft-subject', order),
      lookUp('soft-subject', order, '?deleted=true'),
      remove('/subjects/soft-subject'),
    ],
  },
  {
    name: 'a subject, softly, and a schema again',
    steps: [
      register('again-subject', order, 'order'),
      register('again-subject', orderWithNote, 'noted'),
      remove('/subjects/again-subject'),
      register('again-subject', order, 'again'),
      get('/subjects/again-subject/versions'),
      get('/subjects/again-subject/versions/latest'),
      get('/schemas/ids/{#again}'),
    ],
  },
  {
    name: 'a subject, for good at once',
    steps: [register('hard-at-once', order, 'order'), remove('/subjects/hard-at-once?permanent=true')],
  },
  {
    name: 'a subject, for good',
    steps: [
      register('hard-subject', order, 'order'),
      remove('/subjects/hard-subject'),
      remove('/subjects/hard-subject?permanent=true'),
      get('/subjects?subjectPrefix=hard-subject&deleted=true'),
      get('/subjects/hard-subject/versions?deleted=true'),
      remove('/subjects/hard-subject?permanent=true'),
      register('hard-subject', orderWithNote, 'noted'),
      get('/subjects/hard-subject/versions'),
    ],
  },
  {
    name: 'the latest version',
    steps: [
      register('latest-version', order, 'order'),
      register('latest-version', orderWithNote, 'noted'),
      remove('/subjects/latest-version/versions/latest'),
      get('/subjects/latest-version/versions/latest'),
      get('/subjects/latest-version/versions'),
      register('latest-version', orderWithNote, 'again'),
      get('/subjects/latest-version/versions'),
    ],
  },
  {
    name: 'the only version',
    steps: [
      register('only-version', order, 'order'),
      remove('/subjects/only-version/versions/1'),
      get('/subjects/only-version/versions'),
      get('/subjects?subjectPrefix=only-version'),
      get('/subjects?subjectPrefix=only-version&deleted=true'),
    ],
  },
  {
    name: 'what is not there',
    steps: [
      remove('/subjects/nobody'),
      remove('/subjects/nobody?permanent=true'),
      remove('/subjects/nobody/versions/1'),
      remove('/subjects/nobody/versions/1?permanent=true'),
      remove('/subjects/nobody/versions/latest'),
      remove('/subjects/nobody/versions/zero'),
    ],
  },
]
