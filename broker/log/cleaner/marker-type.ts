// The type of the record in a control batch, which has one record or, when the cleaner has been there, none.

import { recordCountOf } from '../../../protocol/records/batch-header.ts'
import { controlRecordTypeId } from '../../../protocol/records/control-record.ts'
import { RecordCursor } from './record-cursor.ts'

/** Undefined: no record is left. Throws DecodeError. */
export function markerTypeOf(buffer: Buffer, position: number): number | undefined {
  if (recordCountOf(buffer, position) === 0) return undefined
  const cursor = new RecordCursor(buffer, position)
  cursor.next()
  return controlRecordTypeId(cursor.keyLength < 0 ? null : cursor.content.subarray(cursor.keyStart, cursor.keyEnd))
}
