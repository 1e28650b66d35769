// SimpleExampleMessage.

import {
  array,
  bytes,
  float64,
  int16,
  int32,
  int64,
  nullable,
  string,
  struct,
  uint16,
  uint32,
  uuid,
} from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

const testCommonStruct = { foo: int32.default(123), bar: int32.default(123) }

export const simpleExampleMessage = message({
  name: 'SimpleExampleMessage',
  versions: [0, 2],
  flexible: 1,
  fields: {
    processId: uuid.since(1),
    myTaggedIntArray: array(int32).since(1).tag(0),
    myNullableString: nullable(string, 1).since(1).tag(1).default(null),
    myInt16: int16.since(1).tag(2).default(123),
    myFloat64: float64.since(1).tag(3).default(12.34),
    myString: string.since(1).tag(4),
    myBytes: nullable(bytes, 1).since(1).tag(5),
    taggedUuid: uuid.since(1).tag(6).default('H3KKO4NTRPaCWtEmm3vW7A'),
    taggedLong: int64.since(1).tag(7).default(914172222550880202n),
    zeroCopyByteBuffer: bytes.since(1).until(1),
    nullableZeroCopyByteBuffer: nullable(bytes).since(1).until(1),
    myStruct: struct({
      structId: int32.since(2),
      arrayInStruct: array({ arrayFieldId: int32.since(2) }).since(2),
    }).since(2),
    myTaggedStruct: struct({ structId: string.since(2) })
      .since(2)
      .tag(8),
    taggedLongFlexibleVersionSubset: int64.since(2).tag(9).ignorable(),
    myCommonStruct: struct(testCommonStruct),
    myOtherCommonStruct: struct(testCommonStruct),
    myUint16: uint16.since(1).default(33000),
    myUint32: uint32.since(1).default(1234567),
  },
})
