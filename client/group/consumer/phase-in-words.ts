// What a member in the consumer protocol is doing, for a person who asks why nothing happens.

import type { ConsumerPhase } from './consumer-member.ts'

const words: Readonly<Record<ConsumerPhase, string>> = {
  out: 'has not joined group',
  joining: 'asks the coordinator to be let into group',
  member: 'is a member of group',
  expelled: 'has left, because the application took longer than maxPollIntervalMs, group',
  failed: 'has given up group',
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
  return `${words[member.phase]} ${groupId}, since ${seconds} s${epoch}${step}`
}
