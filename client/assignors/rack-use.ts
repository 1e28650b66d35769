// Whether looking at racks can change anything: some consumer is in a rack that has replicas, and not every partition has
// replicas in all racks. Source: AbstractPartitionAssignor.useRackAwareAssignment, Kafka 4.3.0; KIP-881.

/** `replicaRacks`: of each partition that matters. */
export function racksMatter(consumerRacks: ReadonlySet<string>, replicaRacks: readonly ReadonlySet<string>[]): boolean {
  const all = new Set(replicaRacks.flatMap(racks => [...racks]))
  if (![...consumerRacks].some(rack => all.has(rack))) return false
  return replicaRacks.some(racks => racks.size < all.size)
}

/** The rack of a member that says where it is. */
export function rackOf({ subscription }: { readonly subscription: { readonly rackId: string | null } }) {
  return subscription.rackId || undefined
}
