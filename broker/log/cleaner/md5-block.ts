// MD5's 64 steps over a block as straight-line code, over one block or over two at once.
//
// Each step waits for the one before it, and a processor can do more than one thing at a time: a second block beside the first costs a
// third of what it costs behind it. With constants in place of tables, JavaScript needs 120 ns for a block and 80 for each of two.
// Source: RFC 1321.

interface Round {
  /** What is mixed into the sum, of three words by their names. */
  readonly mix: (b: string, c: string, d: string) => string
  readonly turns: readonly number[]
  /** Which word of the block is taken first, and how far on the next one is. */
  readonly first: number
  readonly stride: number
}

const rounds: readonly Round[] = [
  { mix: (b, c, d) => `(${d} ^ (${b} & (${c} ^ ${d})))`, turns: [7, 12, 17, 22], first: 0, stride: 1 },
  { mix: (b, c, d) => `(${c} ^ (${d} & (${b} ^ ${c})))`, turns: [5, 9, 14, 20], first: 1, stride: 5 },
  { mix: (b, c, d) => `(${b} ^ ${c} ^ ${d})`, turns: [4, 11, 16, 23], first: 5, stride: 3 },
  { mix: (b, c, d) => `(${c} ^ (${b} | ~${d}))`, turns: [6, 10, 15, 21], first: 0, stride: 7 },
]

const stepsPerRound = 16
export const wordsPerBlock = 16
export const wordsPerState = 4

/**
 * Goes on from the states that stand in `states` at `place` with the blocks that stand at the beginning of `blocks`, in words of
 * the low byte first.
 */
export type Md5Block = (states: Int32Array, place: number, blocks: Int32Array) => void

/** For so many neighbouring states and blocks. */
export function compileMd5Block(lanes: number): Md5Block {
  const each = Array.from({ length: lanes }, (_, lane) => lane)
  const lines = ['let sum = 0']
  for (const lane of each)
    lines.push(`let ${'abcd'.split('').map((name, at) => `${name}${lane} = ${state(lane, at)}`)}`)
  let names = ['a', 'b', 'c', 'd']
  for (let step = 0; step < rounds.length * stepsPerRound; step += 1) {
    for (const lane of each) lines.push(stepSource(step, lane, names))
    names = [names[3]!, names[0]!, names[1]!, names[2]!]
  }
  for (const lane of each) for (const [at, name] of names.entries()) lines.push(`${state(lane, at)} += ${name}${lane}`)
  return new Function('states', 'place', 'blocks', lines.join('\n')) as Md5Block
}

const state = (lane: number, at: number) => `states[place + ${lane * wordsPerState + at}]`

function stepSource(step: number, lane: number, names: readonly string[]): string {
  const { mix, turns, first, stride } = rounds[Math.floor(step / stepsPerRound)]!
  const [a, b, c, d] = names.map(name => name + lane) as [string, string, string, string]
  const word = lane * wordsPerBlock + ((first + stride * (step % stepsPerRound)) % wordsPerBlock)
  const sine = Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32) | 0
  const turn = turns[step % turns.length]!
  const sum = `sum = (${a} + ${mix(b, c, d)} + blocks[${word}] + ${sine}) | 0`
  return `${sum}; ${a} = (${b} + ((sum << ${turn}) | (sum >>> ${32 - turn}))) | 0`
}
