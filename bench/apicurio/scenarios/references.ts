// Schemas that use types of other subjects, and name spaces of subjects.

import { compare, get, lookUp, register, remove, type Scenario } from '../step.ts'
import { field, order, record } from './schemas.ts'

const customer = record('Customer', [field('name', 'string')], { namespace: 'shop' })
const invoice = record('Invoice', [field('to', 'shop.Customer')], { namespace: 'shop' })
const refersTo = (subject: string, version = 1) => ({ references: [{ name: 'shop.Customer', subject, version }] })

export const references: readonly Scenario[] = [
  {
    name: 'a reference',
    steps: [
      register('customer', customer, 'customer'),
      register('invoice', invoice, 'invoice', refersTo('customer')),
      register('invoice', invoice, 'invoice', refersTo('customer')),
      get('/subjects/invoice/versions/1'),
      get('/subjects/invoice/versions/1/schema'),
      get('/schemas/ids/{#invoice}'),
      get('/subjects/customer/versions/1/referencedby'),
      lookUp('invoice', invoice, '', refersTo('customer')),
      lookUp('invoice', invoice),
      compare('invoice', 'latest', order),
    ],
  },
  {
    name: 'what is referred to is deleted',
    steps: [
      register('held-customer', customer, 'customer'),
      register('held-invoice', invoice, 'invoice', refersTo('held-customer')),
      remove('/subjects/held-customer/versions/1'),
      remove('/subjects/held-customer'),
      get('/subjects/held-customer/versions'),
    ],
  },
  {
    name: 'who refers goes first',
    steps: [
      register('last-customer', customer, 'customer'),
      register('first-invoice', invoice, 'invoice', refersTo('last-customer')),
      remove('/subjects/first-invoice'),
      get('/subjects/last-customer/versions/1/referencedby'),
      remove('/subjects/last-customer'),
    ],
  },
  {
    name: 'a reference to a subject that is not there',
    steps: [register('lost-invoice', invoice, 'invoice', refersTo('nobody')), get('/subjects/lost-invoice/versions')],
  },
  {
    name: 'a reference to a version that is not there',
    steps: [
      register('one-customer', customer, 'customer'),
      register('far-invoice', invoice, 'invoice', refersTo('one-customer', 9)),
    ],
  },
  {
    name: 'a reference that is missing',
    steps: [register('bare-invoice', invoice, 'invoice')],
  },
  {
    name: 'a reference that nobody uses',
    steps: [
      register('idle-customer', customer, 'customer'),
      register('idle-order', order, 'order', refersTo('idle-customer')),
      get('/subjects/idle-order/versions/1'),
    ],
  },
]

export const contexts: readonly Scenario[] = [
  {
    name: 'a context',
    steps: [
      register(':.staging:ctx-value', order, 'staged'),
      get('/subjects/:.staging:ctx-value/versions'),
      get('/subjects/:.staging:ctx-value/versions/1'),
      get('/subjects/ctx-value/versions'),
      get('/contexts'),
      get('/subjects?subjectPrefix=:.staging:'),
      get('/contexts/.staging/subjects'),
    ],
  },
]
