// Names that tell apart what they must, and nothing more.

import { expect, test } from 'vitest'
import { nameOfFile, typeNames } from './type-names.ts'

const named = (...fullNames: string[]) => [...typeNames(fullNames).values()]

test('their own names', () => {
  expect(named('com.acme.Order', 'com.acme.Money', 'Lone')).toEqual(['Order', 'Money', 'Lone'])
})

test('as much of the namespace as it takes', () => {
  expect(named('a.billing.Order', 'a.shipping.Order')).toEqual(['BillingOrder', 'ShippingOrder'])
  expect(named('a.x.Order', 'b.x.Order', 'b.y.Order')).toEqual(['AXOrder', 'BXOrder', 'YOrder'])
  expect(named('Order', 'a.Order')).toEqual(['Order', 'AOrder'])
})

test('what TypeScript or the file itself has taken', () => {
  expect(named('a.string', 'Date', 'AvroSchema')).toEqual(['string_', 'Date_', 'AvroSchema_'])
  expect(named('Order', 'OrderInput')).toEqual(['Order', 'OrderInput_'])
})

test('files', () => {
  expect(nameOfFile('schemas/orders-value.avsc')).toBe('OrdersValue')
  expect(nameOfFile('C:\\x\\2nd order.avsc')).toBe('_2ndOrder')
})
