// The roles of a node in the quorum and which may follow which, as data. Source: KIP-595, KIP-853, KIP-996;
// org.apache.kafka.raft.QuorumState, Kafka 4.3.0.

export const transitions = {
  unattached: ['unattached', 'prospective', 'follower'],
  prospective: ['unattached', 'candidate', 'follower'],
  candidate: ['unattached', 'prospective', 'follower', 'leader'],
  leader: ['unattached', 'resigned', 'follower'],
  follower: ['unattached', 'prospective', 'follower'],
  resigned: ['unattached', 'follower'],
} as const satisfies Record<string, readonly string[]>

export type Role = keyof typeof transitions

/** Whether a node may go from one role to the other. */
export function mayBecome(from: Role, to: Role): boolean {
  return (transitions[from] as readonly Role[]).includes(to)
}
