// What a client of the coordinator is told when its records could not be written: an error it knows what to do with.
// Source: Kafka 4.3.0's CoordinatorOperationExceptionHelper and GroupMetadataManager.appendGroupMetadataErrorToResponseError.

import { errors, type ProtocolError } from '../../../protocol/errors.ts'

/** The log's error as the coordinator's: ask again, look for the coordinator anew, or give up. */
export function clientError(error: ProtocolError): ProtocolError {
  switch (error) {
    case errors.UNKNOWN_TOPIC_OR_PARTITION:
    case errors.NOT_ENOUGH_REPLICAS:
    case errors.REQUEST_TIMED_OUT:
      return errors.COORDINATOR_NOT_AVAILABLE
    case errors.NOT_LEADER_OR_FOLLOWER:
    case errors.KAFKA_STORAGE_ERROR:
      return errors.NOT_COORDINATOR
    case errors.MESSAGE_TOO_LARGE:
    case errors.RECORD_LIST_TOO_LARGE:
    case errors.INVALID_FETCH_SIZE:
      return errors.UNKNOWN_SERVER_ERROR
    default:
      return error
  }
}
