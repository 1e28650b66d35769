// EndTxnMarker.

import { int32 } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const endTxnMarker = message({ name: 'EndTxnMarker', versions: [0, 0], fields: { coordinatorEpoch: int32 } })
