// What a member in the consumer protocol is doing, for a person who asks why nothing happens.

import type { ConsumerPhase } from './consumer-member.ts'

const words: Readonly<Record<ConsumerPhase, (group: string) => string>> = {
  out: group => `has not joined ${group}`,
  joining: group => `asks the coordinator to be let into ${group}`,
  member: group => `is a member of ${group}`,
  expelled: group =>
    `has left ${group}: the application took longer than maxPollIntervalMs; it joins again when asked for records`,
  failed: group => `has given up ${group}`,
}

export function memberInWords(
  member: {
    readonly phase: ConsumerPhase
    readonly phaseSinceMs: number
    readonly epoch: number
    readonly step: 'revoke' | 'assign' | undefined
  },
  groupId: string,
  nowMs: number,
): string {
  const seconds = Math.round((nowMs - member.phaseSinceMs) / 100) / 10
  const epoch = member.epoch > 0 ? ` (epoch ${member.epoch})` : ''
  const step = {
    revoke: ', and waits for revoked partitions to be given up',
    assign: ', and waits for the names of the topics it was assigned',
    none: '',
  }[member.step ?? 'none']
  return `${words[member.phase](`group ${groupId}`)}, since ${seconds} s${epoch}${step}`
}
