// Comparing with what is there, at each level, and registering under it.

import { compare, get, put, register, type Scenario } from '../step.ts'
import { order, orderWithLong, orderWithNote, orderWithTotal } from './schemas.ts'

const levels = ['NONE', 'BACKWARD', 'BACKWARD_TRANSITIVE', 'FORWARD', 'FORWARD_TRANSITIVE', 'FULL', 'FULL_TRANSITIVE']

export const compatibility: readonly Scenario[] = [
  ...levels.map(level => {
    const subject = `level-${level.toLowerCase()}`
    return {
      name: `level ${level}`,
      steps: [
        put(`/config/${subject}`, { compatibility: level }),
        get(`/config/${subject}`),
        register(subject, order, 'order'),
        ...[orderWithNote, orderWithTotal, orderWithLong].flatMap(schema => [
          compare(subject, 'latest', schema),
          compare(subject, 1, schema),
        ]),
        register(subject, orderWithNote, 'noted'),
        ...[order, orderWithTotal, orderWithLong].map(schema => compare(subject, 'latest', schema)),
        register(subject, orderWithLong, 'long'),
        get(`/subjects/${subject}/versions`),
      ],
    }
  }),
  {
    name: 'told why',
    steps: [
      register('why-value', order, 'order'),
      compare('why-value', 'latest', orderWithNote, '?verbose=true'),
      compare('why-value', 'latest', orderWithLong, '?verbose=true'),
      compare('why-value', 'latest', orderWithLong, '?verbose=false'),
    ],
  },
  {
    name: 'with all versions',
    steps: [
      register('all-value', order, 'order'),
      register('all-value', orderWithNote, 'noted'),
      ...[order, orderWithTotal].map(schema => ({
        ...compare('all-value', 'latest', schema),
        path: '/compatibility/subjects/all-value/versions',
      })),
    ],
  },
  {
    name: 'with what is not there',
    steps: [
      compare('nobody-value', 'latest', order),
      compare('nobody-value', 1, order),
      compare('nobody-value', 'latest', '"nonsense"'),
      { ...compare('nobody-value', 1, order), path: '/compatibility/subjects/nobody-value/versions' },
      register('there-value', order, 'order'),
      compare('there-value', 7, order),
      compare('there-value', 0, order),
      compare('there-value', 'zero', order),
      compare('there-value', 'latest', '{"type":"nonsense"}'),
      compare('there-value', 'latest', '{'),
    ],
  },
]
