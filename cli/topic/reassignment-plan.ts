// Which brokers are to hold the partitions of a topic: spread evenly, with as few copies as that takes. Pure.
//
// What always holds: each partition has as many different brokers as was asked for. No broker holds more than one partition more
// than another, unless racks forbid it: replicas of a partition are in as many racks as they can be in.

export interface PlannedBroker {
  readonly nodeId: number
  readonly rack: string | undefined
}

export interface CurrentReplicas {
  readonly partition: number
  /** The preferred leader first. */
  readonly replicas: readonly number[]
}

/** The replicas of each partition, in the order of `current`; at least `replication` brokers must be given. */
export function spread(
  current: readonly CurrentReplicas[],
  brokers: readonly PlannedBroker[],
  replication: number,
): number[][] {
  const racks = new Map(brokers.map(({ nodeId, rack }) => [nodeId, rack ?? `of ${nodeId}`]))
  const plan = current.map(({ replicas }) => kept(replicas, racks, replication))
  const loads = new Map(brokers.map(({ nodeId }) => [nodeId, 0]))
  for (const nodeId of plan.flat()) loads.set(nodeId, loads.get(nodeId)! + 1)
  for (const replicas of plan) while (replicas.length < replication) add(replicas, racks, loads)
  while (levelOnce(plan, current, racks, loads)) {}
  while (leadOnce(plan, brokers)) {}
  return plan
}

type Racks = ReadonlyMap<number, string>
type Loads = Map<number, number>

/** Those that can stay: on brokers of the plan, and no more in one rack than it takes. */
function kept(replicas: readonly number[], racks: Racks, replication: number): number[] {
  const rackCount = new Set(racks.values()).size
  let spare = replication - Math.min(replication, rackCount)
  const taken = new Set<string>()
  const staying = replicas.filter(nodeId => {
    const rack = racks.get(nodeId)
    if (rack === undefined || (taken.has(rack) && spare-- <= 0)) return false
    taken.add(rack)
    return true
  })
  return staying.slice(0, replication)
}

/** The broker with the least, in a rack that the partition is not in where there is one. */
function add(replicas: number[], racks: Racks, loads: Loads): void {
  const taken = new Set(replicas.map(nodeId => racks.get(nodeId)))
  const free = [...racks.keys()].filter(nodeId => !replicas.includes(nodeId))
  const elsewhere = free.filter(nodeId => !taken.has(racks.get(nodeId)))
  const [chosen] = [...(elsewhere.length > 0 ? elsewhere : free)].sort((a, b) => loads.get(a)! - loads.get(b)! || a - b)
  replicas.push(chosen!)
  loads.set(chosen!, loads.get(chosen!)! + 1)
}

/** Takes one replica from a broker that has two more than another, and gives it to that one. False: nothing is left to move. */
function levelOnce(
  plan: readonly number[][],
  current: readonly CurrentReplicas[],
  racks: Racks,
  loads: Loads,
): boolean {
  // One that is not there yet costs nothing to put elsewhere.
  const isNew = (index: number, nodeId: number) => !current[index]!.replicas.includes(nodeId)
  const found = exchange(plan, racks, loads, isNew) ?? exchange(plan, racks, loads, () => true)
  if (found === undefined) return false
  const { index, from, to } = found
  plan[index]![plan[index]!.indexOf(from)] = to
  loads.set(from, loads.get(from)! - 1)
  loads.set(to, loads.get(to)! + 1)
  return true
}

function exchange(
  plan: readonly number[][],
  racks: Racks,
  loads: Loads,
  mayGo: (index: number, nodeId: number) => boolean,
): { readonly index: number; readonly from: number; readonly to: number } | undefined {
  const byLoad = [...loads.keys()].sort((a, b) => loads.get(a)! - loads.get(b)! || a - b)
  for (const to of byLoad) {
    for (const from of [...byLoad].reverse()) {
      if (loads.get(from)! - loads.get(to)! < 2) break
      const index = plan.findIndex((each, at) => mayReplace(each, from, to, racks) && mayGo(at, from))
      if (index >= 0) return { index, from, to }
    }
  }
  return undefined
}

function mayReplace(replicas: readonly number[], from: number, to: number, racks: Racks): boolean {
  if (!replicas.includes(from) || replicas.includes(to)) return false
  const racksOf = (nodeIds: readonly number[]) => new Set(nodeIds.map(nodeId => racks.get(nodeId))).size
  return racksOf(replicas.map(nodeId => (nodeId === from ? to : nodeId))) >= racksOf(replicas)
}

/** Lets a broker that leads two less than another lead one of that one's partitions, where it is a replica. */
function leadOnce(plan: readonly number[][], brokers: readonly PlannedBroker[]): boolean {
  const leads = new Map(brokers.map(({ nodeId }) => [nodeId, 0]))
  for (const [leader] of plan) leads.set(leader!, leads.get(leader!)! + 1)
  for (const replicas of plan) {
    const [leader] = replicas
    const least = replicas.reduce((a, b) => (leads.get(b)! < leads.get(a)! ? b : a))
    if (leads.get(leader!)! - leads.get(least)! < 2) continue
    const at = replicas.indexOf(least)
    replicas[0] = least
    replicas[at] = leader!
    return true
  }
  return false
}
