// Subjects whose schemas are made at random and changed again and again, under a level chosen at random. The same for the same seed.

import { type SeededRandom, seededRandom } from '../../../io/sim/random.ts'
import { jsonText } from '../../../schema-registry/avro/json-text.ts'
import { changedSchema } from '../../avro/changed-schema.ts'
import { SchemaMaker } from '../../avro/made-schema.ts'
import { compare, get, lookUp, put, register, type Scenario, type Step } from '../step.ts'

const levels = ['NONE', 'BACKWARD', 'BACKWARD_TRANSITIVE', 'FORWARD', 'FORWARD_TRANSITIVE', 'FULL', 'FULL_TRANSITIVE']
const changes = 3

export const made = (seed: number, count: number): Scenario[] =>
  Array.from({ length: count }, (_, i) => madeScenario(seed + i))

function madeScenario(seed: number): Scenario {
  const random = seededRandom(seed)
  const subject = `made-${seed}`
  let schema = new SchemaMaker(random).make()
  const steps: Step[] = [
    put(`/config/${subject}`, { compatibility: random.pick(levels) }),
    register(subject, jsonText(schema), 'made0'),
  ]
  for (let i = 1; i <= changes; i++) {
    // What was broken cannot be changed further.
    schema = changedSchema(schema, random, i === changes && random.chance(0.3))
    steps.push(...changeSteps(subject, jsonText(schema), `made${i}`, random))
  }
  return { name: `schemas made of seed ${seed}`, steps }
}

function changeSteps(subject: string, text: string, name: string, random: SeededRandom): Step[] {
  const query = random.chance(0.3) ? '?normalize=true' : ''
  return [
    compare(subject, 'latest', text),
    register(subject, text, name, {}, query),
    get(`/subjects/${subject}/versions`),
    get(`/schemas/ids/{#${name}}`),
    lookUp(subject, text, query),
  ]
}
