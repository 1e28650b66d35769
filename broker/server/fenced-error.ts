// PRODUCER_FENCED has a number of its own since Kafka 2.8 (KIP-588); older clients know it as INVALID_PRODUCER_EPOCH.

import { errors, type ProtocolError } from '../../protocol/errors.ts'

export function fencedErrorCode(error: ProtocolError, isKnown: boolean): number {
  return error === errors.PRODUCER_FENCED && !isKnown ? errors.INVALID_PRODUCER_EPOCH.code : error.code
}
