// Compatibility levels and modes, of everything and of a subject.

import { get, put, register, remove, type Scenario } from '../step.ts'
import { order, orderWithNote, orderWithTotal } from './schemas.ts'

/** First of all: what a new registry has, and then the same level for both. */
export const begin: Scenario = {
  name: 'a new registry',
  steps: [
    get('/subjects'),
    get('/subjects?deleted=true'),
    get('/schemas'),
    get('/schemas/types'),
    get('/contexts'),
    get('/config'),
    get('/mode'),
    put('/config', { compatibility: 'BACKWARD' }),
    get('/config'),
  ],
}

export const settings: readonly Scenario[] = [
  {
    name: 'a level of a subject',
    steps: [
      get('/config/set-value'),
      get('/config/set-value?defaultToGlobal=true'),
      put('/config/set-value', { compatibility: 'NONE' }),
      get('/config/set-value'),
      get('/config/set-value?defaultToGlobal=true'),
      register('set-value', order, 'order'),
      register('set-value', orderWithTotal, 'total'),
      remove('/config/set-value'),
      get('/config/set-value'),
      get('/config/set-value?defaultToGlobal=true'),
      register('set-value', order, 'order'),
      remove('/config/set-value'),
    ],
  },
  {
    name: 'the level of everything',
    steps: [
      put('/config', { compatibility: 'FULL' }),
      get('/config'),
      get('/config/other-value?defaultToGlobal=true'),
      put('/config', { compatibility: 'BACKWARD' }),
      get('/config'),
    ],
  },
  {
    name: 'the level of everything is taken away',
    steps: [
      put('/config', { compatibility: 'FORWARD' }),
      remove('/config'),
      get('/config'),
      put('/config', { compatibility: 'BACKWARD' }),
    ],
  },
  ...(
    [
      ['that is none', { compatibility: 'SIDEWARD' }],
      ['in small letters', { compatibility: 'backward' }],
      ['that is null', { compatibility: null }],
      ['that is missing', {}],
      ['that is a number', { compatibility: 7 }],
      ['with a field more', { compatibility: 'FULL', somethingNew: true }],
      ['in a list', []],
      ['that is no JSON', '{'],
      ['that is empty', ''],
    ] as const
  ).map(([what, body], i) => ({
    name: `a level ${what}`,
    steps: [put(`/config/level-${i}`, body), get(`/config/level-${i}`)],
  })),
  {
    name: 'a level that normalizes',
    steps: [put('/config/normal-value', { compatibility: 'BACKWARD', normalize: true }), get('/config/normal-value')],
  },
  {
    name: 'a level with an alias',
    steps: [
      register('aliased-value', order, 'order'),
      put('/config/alias-value', { alias: 'aliased-value' }),
      get('/config/alias-value'),
      get('/subjects/alias-value/versions/1'),
    ],
  },
  {
    name: 'a level with a group',
    steps: [
      put('/config/grouped-value', { compatibility: 'BACKWARD', compatibilityGroup: 'application.version' }),
      get('/config/grouped-value'),
    ],
  },
  {
    name: 'a mode of a subject',
    steps: [
      get('/mode/mode-value'),
      get('/mode/mode-value?defaultToGlobal=true'),
      put('/mode/mode-value', { mode: 'READONLY' }),
      get('/mode/mode-value'),
      register('mode-value', order, 'order'),
    ],
  },
  {
    name: 'a mode of a subject is taken away',
    steps: [
      put('/mode/moded-value', { mode: 'READWRITE' }),
      get('/mode/moded-value'),
      remove('/mode/moded-value'),
      get('/mode/moded-value'),
    ],
  },
  {
    name: 'a mode that is none',
    steps: [put('/mode/nomode-value', { mode: 'SOMETIMES' })],
  },
  {
    name: 'a mode that is missing',
    steps: [put('/mode/missing-value', {})],
  },
  {
    name: 'IMPORT with an id',
    steps: [
      put('/mode/import-value', { mode: 'IMPORT' }),
      register('import-value', orderWithNote, 'imported', { id: 7000, version: 3 }),
      get('/subjects/import-value/versions'),
      get('/schemas/ids/7000'),
    ],
  },
]

/** The last: both may refuse everything from here on. */
export const readonly: Scenario = {
  name: 'a registry that is only read',
  steps: [
    put('/mode', { mode: 'READONLY' }),
    get('/mode'),
    register('readonly-value', order, 'order'),
    put('/mode', { mode: 'READWRITE' }),
    get('/mode'),
    register('readonly-value', order, 'order'),
  ],
}
