// What a broker says it holds, as a flat list of statements (`orders-0 record 17` -> its text), so that two brokers on one
// directory are compared statement by statement, and a difference reads as one.

export type Facts = Map<string, string>

export interface Difference {
  readonly fact: string
  readonly before: string | undefined
  readonly after: string | undefined
}

/** Statements that are not in both, or not the same in both. */
export function differences(before: Facts, after: Facts): Difference[] {
  const names = new Set([...before.keys(), ...after.keys()])
  return [...names]
    .filter(fact => before.get(fact) !== after.get(fact))
    .map(fact => ({ fact, before: before.get(fact), after: after.get(fact) }))
}

const shownCharsMax = 160

export function describeDifference({ fact, before, after }: Difference): string {
  const shown = (text = '(not there)') => (text.length > shownCharsMax ? `${text.slice(0, shownCharsMax)}...` : text)
  return `${fact}: was ${shown(before)}, is ${shown(after)}`
}

/** How many statements have this word in their name, such as `record` or `offset of group`. */
export function countFacts(facts: Facts, kind: string): number {
  return [...facts.keys()].filter(name => name.includes(` ${kind} `) || name.startsWith(`${kind} `)).length
}
