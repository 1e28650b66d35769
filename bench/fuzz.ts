// `npm run fuzz -- --seconds N [--seed S]`: mutated golden bytes against every decoder. A finding is an error other than
// the decoder's own, a decode that takes longer than a second, or memory that grows. Prints the case and exits 1.

import { parseArgs } from 'node:util'
import { seededRandom } from '../io/sim/random.ts'
import { DecodeError } from '../protocol/wire/decode-error.ts'
import { type FuzzTarget, messageTargets, recordTargets } from './fuzz-targets.ts'
import { mutate } from './mutate.ts'

const decodeMsMax = 1000
/** Resident memory may grow by the code compiled and the buffers not yet collected, not by this much. */
const memoryGrowthBytesMax = 256 * 1024 * 1024

interface Finding {
  readonly target: string
  readonly hex: string
  readonly what: string
}

function attempt(target: FuzzTarget, bytes: Buffer): Finding | undefined {
  const startedMs = performance.now()
  try {
    target.decode(bytes)
  } catch (error) {
    if (!(error instanceof DecodeError))
      return { target: target.name, hex: bytes.toString('hex'), what: String((error as Error).stack) }
  }
  const tookMs = performance.now() - startedMs
  if (tookMs > decodeMsMax)
    return { target: target.name, hex: bytes.toString('hex'), what: `took ${tookMs.toFixed(0)} ms` }
  return undefined
}

async function fuzz(seconds: number, seed: number): Promise<{ cases: number; finding: Finding | undefined }> {
  const random = seededRandom(seed)
  // Messages outnumber batches by far; each kind gets half of the cases.
  const kinds = [messageTargets(), recordTargets()]
  const pick = () => {
    const targets = kinds[random.int(kinds.length)]!
    return targets[random.int(targets.length)]!
  }
  const endMs = performance.now() + seconds * 1000
  const residentAtStart = process.memoryUsage().rss
  let cases = 0
  while (performance.now() < endMs) {
    for (let i = 0; i < 1000; i++) {
      const target = pick()
      const other = pick()
      const finding = attempt(target, mutate(target.golden, other.golden, random))
      cases += 1
      if (finding) return { cases, finding }
    }
    // Native buffers are given back between turns of the loop, never within one.
    await new Promise(resolve => setImmediate(resolve))
    const grown = process.memoryUsage().rss - residentAtStart
    if (grown > memoryGrowthBytesMax)
      return { cases, finding: { target: 'all', hex: '', what: `memory grew by ${grown} bytes` } }
  }
  return { cases, finding: undefined }
}

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '10' }, seed: { type: 'string' } } })
const seed = Number(values.seed ?? Date.now() % 2 ** 31)
const { cases, finding } = await fuzz(Number(values.seconds), seed)
if (finding) {
  console.error(`finding after ${cases} cases, seed ${seed}: ${finding.target}\n${finding.what}\n${finding.hex}`)
  process.exit(1)
}
console.log(`fuzz: ${cases} cases in ${values.seconds} s, seed ${seed}, no finding`)
