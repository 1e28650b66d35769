// What a client of the coordinator is told when its record could not be written.
// Source: Kafka 4.3.0's TransactionStateManager.appendTransactionToLog.

import { errors, type ProtocolError } from '../../../protocol/errors.ts'

export function coordinatorError(error: ProtocolError): ProtocolError {
  switch (error) {
    case errors.UNKNOWN_TOPIC_OR_PARTITION:
    case errors.NOT_ENOUGH_REPLICAS:
    case errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case errors.REQUEST_TIMED_OUT:
      return errors.COORDINATOR_NOT_AVAILABLE
    case errors.KAFKA_STORAGE_ERROR:
    case errors.NOT_LEADER_OR_FOLLOWER:
      return errors.NOT_COORDINATOR
    case errors.MESSAGE_TOO_LARGE:
    case errors.RECORD_LIST_TOO_LARGE:
      return errors.UNKNOWN_SERVER_ERROR
    default:
      return error
  }
}
