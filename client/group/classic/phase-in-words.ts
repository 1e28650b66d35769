// What a member of a classic group is doing, for a person who asks why nothing happens.

import type { ClassicPhase } from './classic-member.ts'

const words: Readonly<Record<ClassicPhase, string>> = {
  out: 'has not joined group',
  preparing: 'gives up partitions before it joins again group',
  waiting: 'waits a moment before it joins again group',
  joining: 'waits in JoinGroup for the coordinator and the other members of group',
  leading: 'assigns, as the leader, the partitions of group',
  syncing: 'waits in SyncGroup for the leader of group',
  stable: 'is a member of group',
  expelled: 'has left, because the application took longer than maxPollIntervalMs, group',
  failed: 'has given up group',
}

export function classicPhaseInWords(
  member: {
    readonly phase: ClassicPhase
    readonly phaseSinceMs: number
    readonly generationId: number
    readonly rejoinReason: string | undefined
  },
  groupId: string,
  nowMs: number,
): string {
  const seconds = Math.round((nowMs - member.phaseSinceMs) / 100) / 10
  const generation = member.generationId < 0 ? '' : ` (generation ${member.generationId})`
  const reason = member.rejoinReason ? `, because: ${member.rejoinReason}` : ''
  return `${words[member.phase]} ${groupId}, since ${seconds} s${generation}${reason}`
}
