// Leading without an election: for the one registry that `millrace start` starts beside its broker. Should there be others on the
// same topic after all, the terms of the log keep them apart (../log/term.ts); each then claims one when it writes.

import type { Leadership } from '../store/schemas-log.ts'

export function loneLeadership(url: string): Leadership {
  return { isLeader: true, leaderUrl: url }
}
