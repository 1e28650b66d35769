// Schemas that the written scenarios use.

export const field = (name: string, type: unknown, more: object = {}) => ({ name, type, ...more })

export const record = (name: string, fields: readonly unknown[], more: object = {}) => ({
  type: 'record',
  name,
  ...more,
  fields,
})

export const order = record('Order', [field('id', 'string')], { namespace: 'shop' })
/** Read by what reads `order` written by it and the other way round. */
export const orderWithNote = record(
  'Order',
  [field('id', 'string'), field('note', ['null', 'string'], { default: null })],
  { namespace: 'shop' },
)
/** Cannot read what `order` wrote. */
export const orderWithTotal = record('Order', [field('id', 'string'), field('total', 'double')], { namespace: 'shop' })
export const orderWithLong = record('Order', [field('id', 'long')], { namespace: 'shop' })
/** `order`, spelled otherwise. */
export const orderSpelled = '{"name":"shop.Order","type":"record",  "fields":[{"type":{"type":"string"},"name":"id"}]}'
export const orderWithDoc = record('Order', [field('id', 'string', { doc: 'of the shop' })], { namespace: 'shop' })
