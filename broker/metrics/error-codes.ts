// Which error codes an answer carries, wherever its schema has an `errorCode`: of the whole, of each topic, of each partition.
// The schema is looked at once per API; after that an answer costs a look at each of its elements, and no memory.
// Source: AbstractResponse.errorCounts of Kafka 4.3.0, which counts the same fields.

import { type AnyField, Field, type Fields } from '../../protocol/wire/field.ts'

/** The fields of a struct that are error codes or have some below them. */
interface Plan {
  readonly codes: readonly string[]
  readonly structs: readonly Inner[]
  readonly arrays: readonly Inner[]
}
interface Inner {
  readonly name: string
  readonly plan: Plan
}

type Values = Readonly<Record<string, unknown>>

/** `count(answer, tell)` calls `tell` with every code in the answer that is an error. */
export function errorCodesIn(response: Fields): (answer: object, tell: (code: number) => void) => void {
  const plan = planOf(response)
  return (answer, tell) => visit(plan, answer as Values, tell)
}

function planOf(fields: Fields): Plan {
  const codes: string[] = []
  const structs: Inner[] = []
  const arrays: Inner[] = []
  for (const [name, field] of Object.entries(fields)) {
    if (isErrorCode(name, field)) codes.push(name)
    const { type } = field
    if (type.kind === 'struct') keep(structs, name, type.fields)
    if (type.kind === 'array' && type.element instanceof Field) {
      const element = type.element.type
      if (element.kind === 'struct') keep(arrays, name, element.fields)
    }
  }
  return { codes, structs, arrays }
}

function keep(list: Inner[], name: string, fields: Fields): void {
  const plan = planOf(fields)
  if (plan.codes.length + plan.structs.length + plan.arrays.length > 0) list.push({ name, plan })
}

/** `partitionErrorCode` and the like are error codes, too. */
const isErrorCode = (name: string, field: AnyField): boolean =>
  field.type.kind === 'int16' && (name === 'errorCode' || name.endsWith('ErrorCode'))

function visit({ codes, structs, arrays }: Plan, value: Values, tell: (code: number) => void): void {
  for (let i = 0; i < codes.length; i++) {
    const code = value[codes[i]!]
    // Left out means none.
    if (code !== 0 && code !== undefined) tell(code as number)
  }
  for (let i = 0; i < structs.length; i++) {
    const inner = value[structs[i]!.name]
    if (inner) visit(structs[i]!.plan, inner as Values, tell)
  }
  for (let i = 0; i < arrays.length; i++) {
    const elements = value[arrays[i]!.name] as readonly Values[] | null | undefined
    if (!elements) continue
    for (let j = 0; j < elements.length; j++) visit(arrays[i]!.plan, elements[j]!, tell)
  }
}
