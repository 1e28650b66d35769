// What a member of a classic group is doing, for a person who asks why nothing happens.

import type { ClassicPhase } from './classic-member.ts'

const words: Readonly<Record<ClassicPhase, (group: string) => string>> = {
  out: group => `has not joined ${group}`,
  preparing: group => `gives up partitions before it joins ${group} again`,
  waiting: group => `waits a moment before it joins ${group} again`,
  joining: group => `waits in JoinGroup for the coordinator and the other members of ${group}`,
  leading: group => `assigns, as the leader, the partitions of ${group}`,
  syncing: group => `waits in SyncGroup for the leader of ${group}`,
  stable: group => `is a member of ${group}`,
  expelled: group =>
    `has left ${group}: the application took longer than maxPollIntervalMs; it joins again when asked for records`,
  failed: group => `has given up ${group}`,
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
  return `${words[member.phase](`group ${groupId}`)}, since ${seconds} s${generation}${reason}`
}
