// AllTypeMessage.

import {
  array,
  bool,
  bytes,
  float64,
  int8,
  int16,
  int32,
  int64,
  nullable,
  records,
  string,
  struct,
  uint16,
  uint32,
  uuid,
} from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

const testCommonStruct = { foo: int32.default(123), bar: int32.default(123) }

export const allTypeMessage = message({
  name: 'AllTypeMessage',
  versions: [0, 1],
  flexible: 1,
  fields: {
    myBoolean: bool,
    myInt8: int8.default(12),
    myInt16: int16.default(123),
    myUint16: uint16.default(33000),
    myInt32: int32.default(1234),
    myUint32: uint32.default(1234567),
    myUint64: int64.default(914172222550880202n),
    myUuid: uuid.default('H3KKO4NTRPaCWtEmm3vW7A'),
    myFloat64: float64.default(12.34),
    myString: string.until(0).default('string'),
    myNullableString: nullable(string, 0, 0).until(0).default(null),
    myCompactString: string.since(1).until(1).default('compact string'),
    myCompactNullableString: nullable(string, 1, 1).since(1).until(1).default(null),
    myBytes: bytes.until(0),
    myNullableBytes: nullable(bytes, 0, 0).until(0).default(null),
    myCompactBytes: bytes.since(1).until(1),
    myCompactNullableBytes: nullable(bytes, 1, 1).since(1).until(1).default(null),
    myRecords: records.until(0),
    myNullableRecords: nullable(records, 0, 0).until(0),
    myCompactRecords: records.since(1).until(1),
    myCompactNullableRecords: nullable(records, 1, 1).since(1).until(1),
    myIntArray: array(int32),
    myNullableIntArray: nullable(array(int32)).default(null),
    myCommonStruct: nullable(struct(testCommonStruct), 1),
  },
})
