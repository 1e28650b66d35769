// The orders that every client writes (schema-registry/compat/clients), as what is read of them is told: bytes in hex.

export interface ToldOrder {
  readonly id: number
  readonly writer: string
  readonly [field: string]: unknown
}

export function toldOrder(index: number, writer: string): ToldOrder {
  const digest = Buffer.from([1, 2, 3, index]).toString('hex')
  const raw = Buffer.from([0, index, 255]).toString('hex')
  return {
    id: 9_000_000_000 + index,
    writer,
    total: index + 0.25,
    note: index % 2 === 0 ? `note ${index}` : null,
    tags: ['a', `t${index}`],
    counts: { x: index, y: -index },
    state: ['NEW', 'PAID', 'SENT'][index % 3],
    customer: { name: `c${index}`, vip: index % 2 === 0 },
    raw,
    digest,
  }
}

/** What `manage` tells where a client can ask for it. Confluent's numbers; 409 where a client keeps the status alone. */
export const managed: Readonly<Record<string, readonly unknown[]>> = {
  sameIdAgain: [true],
  otherIdForNext: [true],
  guidIsId: [true],
  level: ['FULL'],
  levelAfterwards: ['FULL'],
  compatible: [true],
  incompatible: [false],
  refused: [409, 40901],
  latestIsNext: [true],
  idOfSchema: [true],
  versions: [[1, 2]],
  versionOfSchema: [1],
  isListed: [true],
  isUsed: [true],
  types: [true],
  missing: [404, 40403],
  missingSubject: [40401],
  missingVersion: [40402],
  deleted: [[1, 2]],
  deletedTwice: [40404],
  deletedForGood: [[1, 2]],
  isListedAfterwards: [false],
}

/** What of an answer is not as it must be: "refused: 500". */
export function wrongAnswers(answers: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(answers).flatMap(([name, answer]) => {
    const allowed = managed[name]
    const text = JSON.stringify(answer)
    return allowed?.some(each => JSON.stringify(each) === text) ? [] : [`${name}: ${text}`]
  })
}
