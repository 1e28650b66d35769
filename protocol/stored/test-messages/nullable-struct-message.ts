// NullableStructMessage.

import { int32, nullable, string, struct } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const nullableStructMessage = message({
  name: 'NullableStructMessage',
  versions: [0, 2],
  flexible: 1,
  fields: {
    nullableStruct: nullable(struct({ myString: string, myInt: int32 })).default(null),
    nullableStruct2: nullable(struct({ myString: string, myInt: int32 }), 1),
    nullableStruct3: nullable(struct({ myString: string.since(1), myInt: int32.since(1) }), 1)
      .since(1)
      .tag(0)
      .default(null),
    nullableStruct4: nullable(struct({ myString: string.since(1), myInt: int32.since(1) }), 1)
      .since(1)
      .tag(1),
  },
})
