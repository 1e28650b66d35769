// What is wrong in a request, and what is not there.

import { get, lookUp, post, put, register, type Scenario, type Step } from '../step.ts'
import { order } from './schemas.ts'

const text = JSON.stringify(order)

const invalidSchemas: ReadonlyArray<readonly [string, string]> = [
  ['no JSON', '{'],
  ['empty', ''],
  ['a blank', ' '],
  ['an unknown type', '"nonsense"'],
  ['a type that is not defined', '{"type":"record","name":"R","fields":[{"name":"a","type":"Unknown"}]}'],
  ['a record without a name', '{"type":"record","fields":[]}'],
  ['a record without fields', '{"type":"record","name":"R"}'],
  ['a field without a name', '{"type":"record","name":"R","fields":[{"type":"int"}]}'],
  ['a field without a type', '{"type":"record","name":"R","fields":[{"name":"a"}]}'],
  [
    'two fields of one name',
    '{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}',
  ],
  ['a name with a blank', '{"type":"record","name":"an R","fields":[]}'],
  ['a name that begins with a digit', '{"type":"record","name":"1R","fields":[]}'],
  ['an enum without symbols', '{"type":"enum","name":"E"}'],
  ['an enum with a symbol twice', '{"type":"enum","name":"E","symbols":["A","A"]}'],
  ['an enum with a default that is none of it', '{"type":"enum","name":"E","symbols":["A"],"default":"B"}'],
  ['a fixed without a size', '{"type":"fixed","name":"F"}'],
  ['a fixed with a negative size', '{"type":"fixed","name":"F","size":-1}'],
  ['an array without items', '{"type":"array"}'],
  ['a map without values', '{"type":"map"}'],
  ['a union in a union', '["null",["int"]]'],
  ['a union with a type twice', '["int","int"]'],
  ['a default that does not fit', '{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":"x"}]}'],
  [
    'a type defined twice',
    '{"type":"record","name":"R","fields":[{"name":"a","type":{"type":"enum","name":"R","symbols":["A"]}}]}',
  ],
  ['a number', '7'],
  ['an empty object', '{}'],
  ['text behind it', '"int" "int"'],
]

const bodies: ReadonlyArray<readonly [string, unknown]> = [
  ['no JSON', '{'],
  ['empty', ''],
  ['a list', []],
  ['a text', '"x"'],
  ['without a schema', {}],
  ['a schema that is null', { schema: null }],
  ['a schema that is an object', { schema: order }],
  ['a field that nobody knows', { schema: text, somethingNew: 1 }],
  ['an unknown type', { schema: text, schemaType: 'XSD' }],
  ['a type in small letters', { schema: text, schemaType: 'avro' }],
  ['a type that is null', { schema: text, schemaType: null }],
  ['references that are null', { schema: text, references: null }],
  ['references that are empty', { schema: text, references: [] }],
  ['references that are no list', { schema: text, references: {} }],
  ['an id', { schema: text, id: 4711 }],
  ['a version that is not the next', { schema: text, version: 7 }],
]

const missing: readonly Step[] = [
  get('/subjects/nobody/versions'),
  get('/subjects/nobody/versions/1'),
  get('/subjects/nobody/versions/latest'),
  get('/subjects/nobody/versions/0'),
  get('/subjects/nobody/versions/-2'),
  get('/subjects/nobody/versions/zero'),
  get('/subjects/nobody/versions/2147483648'),
  get('/subjects/nobody/versions/1/schema'),
  get('/subjects/nobody/versions/1/referencedby'),
  lookUp('nobody', order),
  get('/schemas/ids/888888'),
  get('/schemas/ids/888888/schema'),
  get('/schemas/ids/888888/subjects'),
  get('/schemas/ids/888888/versions'),
  get('/schemas/ids/0'),
  get('/schemas/ids/-1'),
  get('/schemas/ids/one'),
  get('/schemas/ids/2147483648'),
  get('/config/nobody'),
  get('/mode/nobody'),
  get('/nothing'),
  get('/subjects/nobody/nothing'),
  put('/subjects/nobody', {}),
  post('/schemas/ids/1', {}),
]

export const badInput: readonly Scenario[] = [
  ...invalidSchemas.map(([what, schema], i) => ({
    name: `an invalid schema: ${what}`,
    steps: [register(`invalid-${i}`, schema, 'invalid'), get(`/subjects/invalid-${i}/versions`)],
  })),
  {
    name: 'an invalid schema is looked up',
    steps: [register('searched', order, 'order'), lookUp('searched', '{'), lookUp('searched', '"nonsense"')],
  },
  ...bodies.map(([what, body], i) => ({
    name: `a body: ${what}`,
    steps: [post(`/subjects/body-${i}/versions`, body), get(`/subjects/body-${i}/versions`)],
  })),
  ...['text/plain', 'application/xml', 'application/json', 'application/vnd.schemaregistry+json'].map(
    (contentType, i) => ({
      name: `a body that is ${contentType}`,
      steps: [{ ...register(`content-${i}`, order, 'order'), contentType }],
    }),
  ),
  { name: 'what is not there', steps: missing },
  {
    name: 'versions that are none',
    steps: [
      register('versioned', order, 'order'),
      ...['0', '-2', 'zero', '1.5', '2', '2147483648', ''].map(version =>
        get(`/subjects/versioned/versions/${version}`),
      ),
    ],
  },
]
