// SimpleArraysMessage.

import { array, int8, int32, string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const simpleArraysMessage = message({
  name: 'SimpleArraysMessage',
  versions: [0, 2],
  flexible: 1,
  fields: { goats: array({ color: int8.since(1), name: string.since(2) }).since(1), sheep: array(int32) },
})
