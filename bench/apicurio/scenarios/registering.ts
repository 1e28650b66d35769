// Registering, looking up and reading back.

import { get, lookUp, post, register, type Scenario } from '../step.ts'
import { order, orderSpelled, orderWithDoc, orderWithNote, orderWithTotal } from './schemas.ts'

export const registering: readonly Scenario[] = [
  {
    name: 'the first schema',
    steps: [
      get('/subjects/first-value/versions'),
      lookUp('first-value', order),
      register('first-value', order, 'order'),
      register('first-value', order, 'order'),
      get('/subjects/first-value/versions'),
      get('/subjects/first-value/versions/1'),
      get('/subjects/first-value/versions/latest'),
      get('/subjects/first-value/versions/-1'),
      get('/subjects/first-value/versions/1/schema'),
      get('/subjects/first-value/versions/latest/schema'),
      get('/subjects/first-value/versions/1/referencedby'),
      get('/schemas/ids/{#order}'),
      get('/schemas/ids/{#order}/schema'),
      get('/schemas/ids/{#order}/subjects'),
      get('/schemas/ids/{#order}/versions'),
      lookUp('first-value', order),
      lookUp('first-value', orderWithNote),
    ],
  },
  {
    name: 'several versions',
    steps: [
      register('several-value', order, 'order'),
      register('several-value', orderWithNote, 'noted'),
      register('several-value', orderWithTotal, 'refused'),
      register('several-value', order, 'order'),
      get('/subjects/several-value/versions'),
      get('/subjects/several-value/versions/2'),
      get('/subjects/several-value/versions/3'),
      get('/subjects/several-value/versions/latest'),
      get('/schemas/ids/{#noted}'),
      get('/schemas/ids/{#noted}/versions'),
      lookUp('several-value', order),
      lookUp('several-value', orderWithNote),
    ],
  },
  {
    name: 'one schema, two subjects',
    steps: [
      register('shared-a', orderWithNote, 'noted'),
      register('shared-b', orderWithNote, 'noted'),
      get('/subjects/shared-a/versions/1'),
      get('/subjects/shared-b/versions/1'),
      lookUp('shared-b', orderWithNote),
      get('/schemas/ids/{#noted}?subject=shared-b'),
      get('/schemas/ids/{#noted}?subject=nobody'),
    ],
  },
  {
    name: 'spelled otherwise',
    steps: [
      register('spelled-value', order, 'order'),
      lookUp('spelled-value', orderSpelled),
      lookUp('spelled-value', orderSpelled, '?normalize=true'),
      register('spelled-value', orderSpelled, 'normalized', {}, '?normalize=true'),
      get('/subjects/spelled-value/versions'),
      register('spelled-value', orderSpelled, 'spelled'),
      get('/subjects/spelled-value/versions'),
      get('/schemas/ids/{#spelled}'),
    ],
  },
  {
    name: 'with documentation',
    steps: [
      register('doc-value', order, 'order'),
      register('doc-value', orderWithDoc, 'documented'),
      get('/subjects/doc-value/versions'),
      get('/schemas/ids/{#documented}'),
      lookUp('doc-value', orderWithDoc),
      lookUp('doc-value', order),
    ],
  },
  {
    name: 'the type is told',
    steps: [
      post('/subjects/typed-value/versions', { schemaType: 'AVRO', schema: JSON.stringify(order) }),
      get('/subjects/typed-value/versions/1'),
      get('/schemas/types'),
    ],
  },
  {
    name: 'primitive types',
    steps: ['"string"', '"int"', '"bytes"', '{"type":"long"}', '["null","string"]'].flatMap((schema, i) => [
      register(`primitive-${i}`, schema, `primitive${i}`),
      get(`/subjects/primitive-${i}/versions/latest`),
      get(`/schemas/ids/{#primitive${i}}`),
      lookUp(`primitive-${i}`, schema),
    ]),
  },
  {
    name: 'lists of subjects',
    steps: [
      register('listed-b', order, 'order'),
      register('listed-a', order, 'order'),
      get('/subjects?subjectPrefix=listed-'),
      get('/subjects?subjectPrefix=listed-a'),
      get('/subjects?subjectPrefix=nobody-'),
      get('/subjects?subjectPrefix=listed-&offset=1'),
      get('/subjects?subjectPrefix=listed-&limit=1'),
      get('/schemas?subjectPrefix=listed-'),
      get('/schemas?subjectPrefix=listed-&latestOnly=true'),
    ],
  },
  {
    name: 'names of subjects',
    steps: ['with%20blank', 'with%2Fslash', 'with.dots-and_lines', '%C3%BCber', 'a%25b', 'q%3Fm'].flatMap(subject => [
      register(subject, order, 'order'),
      get(`/subjects/${subject}/versions`),
      get(`/subjects/${subject}/versions/1`),
      lookUp(subject, order),
    ]),
  },
]
