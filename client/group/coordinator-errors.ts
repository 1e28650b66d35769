// What errors of a group's coordinator mean for whoever asked, whatever was asked.

import { errorName, errors } from '../../protocol/errors.ts'

/** elsewhere: look it up again. soon: it is the right one, ask again. no: the answer is final, unless the caller knows better. */
export type CoordinatorTrouble = 'elsewhere' | 'soon' | 'no'

export function coordinatorTrouble(errorCode: number): CoordinatorTrouble {
  const { NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE, REQUEST_TIMED_OUT } = errors
  const elsewhere: readonly number[] = [NOT_COORDINATOR.code, COORDINATOR_NOT_AVAILABLE.code, REQUEST_TIMED_OUT.code]
  if (elsewhere.includes(errorCode)) return 'elsewhere'
  const name = errorName(errorCode)
  return name !== undefined && errors[name].retriable ? 'soon' : 'no'
}
