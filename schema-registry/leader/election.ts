// Who leads: decided by one member of the group for all, from what all of them say. Pure.
// The eligible instance with the smallest URL, as Confluent's registry decides. Where all members are ours (they agree on the
// protocol `millrace`), an instance that leads goes on: joining and leaving of others costs no change of leaders.
// Source: SchemaRegistryCoordinator.onLeaderElected of Confluent's registry.

import { type InstanceIdentity, type LeaderAssignment, urlOf } from './instance-identity.ts'

export interface Candidate {
  readonly memberId: string
  /** Undefined: it could not be understood, and cannot lead. */
  readonly identity: InstanceIdentity | undefined
}

export interface Election {
  /** Undefined when nobody may lead. */
  readonly memberId: string | undefined
  readonly assignment: LeaderAssignment
}

export function elect(candidates: readonly Candidate[], { keepsLeader }: { readonly keepsLeader: boolean }): Election {
  const known = candidates.flatMap(({ memberId, identity }) =>
    identity === undefined ? [] : [{ memberId, identity, url: urlOf(identity) }],
  )
  const hasDuplicateUrls = new Set(known.map(({ url }) => url)).size < known.length
  const eligible = known.filter(({ identity }) => identity.isEligible).sort((a, b) => (a.url < b.url ? -1 : 1))
  const leading = eligible.filter(({ identity }) => identity.isLeader)
  // Several that say so: after a split, and none of them is to be preferred.
  const chosen = keepsLeader && leading.length === 1 ? leading[0] : eligible[0]
  return { memberId: chosen?.memberId, assignment: { hasDuplicateUrls, leader: chosen?.identity } }
}
