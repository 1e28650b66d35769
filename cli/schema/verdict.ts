// Why a schema is incompatible, in lines for people: each fault with its place, a sentence, and what to do.

import {
  adviceFor,
  directionSentence,
  type Fault,
  type LevelVerdict,
} from '../../schema-registry/evolution/compatibility-levels.ts'

export function faultLines({ faults }: LevelVerdict): string[] {
  const lines: string[] = []
  let before = ''
  for (const fault of faults) {
    const sentence = directionSentence(fault.direction, fault.version)
    if (sentence !== before) lines.push(`  ${sentence}:`)
    before = sentence
    const { path, type, description } = fault.incompatibility
    lines.push(`    ${path === '' ? '/' : path}  ${type}`, `      ${description}`, `      -> ${adviceFor(fault)}`)
  }
  return lines
}

/** For machines. */
export function faultValue(fault: Fault): object {
  const { version, direction, incompatibility } = fault
  const { type, path, description } = incompatibility
  return { version, direction, type, path, description, advice: adviceFor(fault) }
}
