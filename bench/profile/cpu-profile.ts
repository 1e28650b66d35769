// A V8 CPU profile folded by function: how long each was on top of the stack (self), and how long it was anywhere on it.
// The format is that of the Chrome DevTools Protocol: https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile

export interface ProfileNode {
  readonly id: number
  readonly callFrame: {
    readonly functionName: string
    readonly url: string
    /** From 0, as V8 counts; -1 where there is no source. */
    readonly lineNumber: number
  }
  readonly children?: readonly number[]
}

export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  /** Node ids, one for each sample. */
  readonly samples: readonly number[]
  /** Microseconds from the sample before to each sample. */
  readonly timeDeltas: readonly number[]
}

export interface FunctionTime {
  readonly name: string
  /** `broker/log/segment.ts:40`; empty for what V8 does itself, such as collecting garbage. */
  readonly place: string
  readonly selfMs: number
  readonly totalMs: number
}

export interface FoldedProfile {
  /** By self time, longest first; without (root) and (idle). */
  readonly functions: readonly FunctionTime[]
  /** All the time in which something was done. */
  readonly busyMs: number
  readonly idleMs: number
}

/** Waiting, and V8's name for the bottom of every stack. */
const idleName = '(idle)'
const rootName = '(root)'

/** A sample stands for the time until the next one, so that what was seen last is charged for nothing. */
function selfMicroseconds({ samples, timeDeltas }: CpuProfile): Map<number, number> {
  const self = new Map<number, number>()
  for (let i = 0; i + 1 < samples.length; i++) {
    const id = samples[i]!
    // Deltas can be negative by a little: threads' clocks are read at different moments.
    self.set(id, (self.get(id) ?? 0) + Math.max(0, timeDeltas[i + 1] ?? 0))
  }
  return self
}

interface Sums {
  readonly name: string
  readonly place: string
  self: number
  total: number
}

export function foldProfile(profile: CpuProfile): FoldedProfile {
  const self = selfMicroseconds(profile)
  const nodes = new Map(profile.nodes.map(node => [node.id, node]))
  const sums = new Map<string, Sums>()
  const sumsOf = ({ callFrame: { functionName, url, lineNumber } }: ProfileNode): Sums => {
    const key = `${functionName}\n${url}\n${lineNumber}`
    const made = sums.get(key) ?? {
      name: functionName || '(anonymous)',
      place: placeOf(url, lineNumber),
      self: 0,
      total: 0,
    }
    sums.set(key, made)
    return made
  }
  /** Adds up a subtree; a function that is on the stack already is not charged again for what it calls. */
  const visit = (node: ProfileNode, onStack: ReadonlySet<Sums>): number => {
    const mine = sumsOf(node)
    const isOuter = !onStack.has(mine)
    const below = isOuter ? new Set([...onStack, mine]) : onStack
    let total = self.get(node.id) ?? 0
    mine.self += total
    for (const child of node.children ?? []) total += visit(nodes.get(child)!, below)
    if (isOuter) mine.total += total
    return total
  }
  const called = new Set(profile.nodes.flatMap(({ children = [] }) => children))
  let all = 0
  for (const node of profile.nodes) if (!called.has(node.id)) all += visit(node, new Set())
  const idle = [...sums.values()].find(({ name }) => name === idleName)?.self ?? 0
  const functions = [...sums.values()]
    .filter(({ name, self }) => self > 0 && name !== idleName && name !== rootName)
    .sort((a, b) => b.self - a.self)
    .map(({ name, place, self, total }) => ({ name, place, selfMs: self / 1000, totalMs: total / 1000 }))
  return { functions, busyMs: (all - idle) / 1000, idleMs: idle / 1000 }
}

/** From the repository's folders on, with the name of the source for what was built from it. */
function placeOf(url: string, lineNumber: number): string {
  if (url === '') return ''
  const path = url
    .replace(/^file:\/\//, '')
    .replace(/^.*\/(dist|node_modules)\//, (_, folder) => (folder === 'dist' ? '' : 'node_modules/'))
  return `${path}:${lineNumber + 1}`
}
