// Answers with an error in them, made from what was asked: which elements of a request are struck, what the answer says for them,
// and how that and the answer to the rest become one. Works on decoded values by the plan of error-places.ts.

import type { ErrorList, ErrorPlaces, IdentityField } from './error-places.ts'

export type Value = Record<string, unknown>

/** One element that a request names, by what it is named. */
export interface Target {
  readonly topic?: string | null
  readonly topicId?: string
  readonly partition?: number
  readonly [noun: string]: unknown
}

/** How deep in an answer an error goes: into the first place from above, or into each element that was named. */
export type Depth = 'whole' | 'each'

export interface StrikeOptions {
  readonly code: number
  readonly message: string
  readonly depth: Depth
  /** Which of the elements get the error; what it is given has been through `named`. All when left out. */
  readonly strikes?: (target: Target) => boolean
  /** The same target by one name only, where it could be called by several: a topic by its name, and not by its id. */
  readonly named?: (target: Target) => Target
}

/** One error that strikes one request. */
export class Strike {
  readonly #options: StrikeOptions

  constructor(options: StrikeOptions) {
    this.#options = options
  }

  /** All elements that a request names, down to the innermost that have room for an error. */
  targets(places: ErrorPlaces, request: Value, above: Target = {}): Target[] {
    return places.lists.flatMap(list =>
      elementsAsked(list, request).flatMap(element => {
        const target = this.#target(list.identity, element, above)
        const within = isStruct(element) ? this.targets(list.places, element, target) : []
        if (within.length > 0) return within
        return list.places.codeField === undefined ? [] : [target]
      }),
    )
  }

  isStruck(target: Target): boolean {
    return this.#options.strikes?.(target) ?? true
  }

  /** The request without what is struck; elements that have nothing left go too. */
  rest(places: ErrorPlaces, request: Value, above: Target = {}): Value {
    const rest = { ...request }
    for (const list of places.lists) {
      const [field, inner] = list.from ?? []
      const asked = field === undefined ? undefined : rest[field]
      if (field === undefined || !Array.isArray(asked)) continue
      rest[field] =
        inner === undefined
          ? this.#left(list, asked, above)
          : asked.map((each: Value) => ({ ...each, [inner]: this.#left(list, each[inner] as unknown[], above) }))
    }
    return rest
  }

  /** An answer that says the error for everything that is struck, and nothing else. */
  answer(places: ErrorPlaces, request: Value): Value {
    const { codeField, lists } = places
    const isAsked = lists.some(({ from }) => from !== undefined)
    if (codeField !== undefined && (this.#options.depth === 'whole' || !isAsked)) return this.#withError(places)
    const answer = this.#struck(places, request, {})
    // What the request has no names for has one place of its own, or there would be none.
    const [only] = lists
    if (!isAsked && only !== undefined) answer[only.field] = [this.#withError(only.places)]
    return answer
  }

  /** An answer with the error in place of what it said for what is struck, and with those of `errors` that it lacks. */
  merged(places: ErrorPlaces, answer: Value, errors: Value): Value {
    const { codeField } = places
    return codeField !== undefined && errors[codeField] === this.#options.code
      ? errors
      : this.#mergedLists(places, answer, errors, {})
  }

  #left(list: ErrorList, elements: readonly unknown[], above: Target): unknown[] {
    return elements.flatMap(element => {
      const target = this.#target(list.identity, element, above)
      const within = isStruct(element) ? this.targets(list.places, element, target) : []
      if (within.length === 0) return this.isStruck(target) ? [] : [element]
      return within.every(each => this.isStruck(each)) ? [] : [this.rest(list.places, element as Value, target)]
    })
  }

  #struck(places: ErrorPlaces, request: Value, above: Target): Value {
    const answer: Value = { ...places.blanks }
    for (const list of places.lists) {
      const struck = elementsAsked(list, request).flatMap(element => {
        const target = this.#target(list.identity, element, above)
        const within = isStruct(element) ? this.targets(list.places, element, target) : []
        const isStruck = within.length > 0 ? within.some(each => this.isStruck(each)) : this.isStruck(target)
        if (!isStruck) return []
        const isHere = list.places.codeField !== undefined && (this.#options.depth === 'whole' || within.length === 0)
        const said = isHere ? this.#withError(list.places) : this.#struck(list.places, element as Value, target)
        return [{ ...said, ...namesOf(list.identity, element) }]
      })
      answer[list.field] = this.#combined(list, struck)
    }
    return answer
  }

  /** A request may name a topic twice, with other partitions; an answer has it once. */
  #combined({ identity, places }: ErrorList, elements: readonly Value[]): Value[] {
    const byKey = new Map<string, Value>()
    for (const element of elements) {
      const key = this.#key(identity, element)
      const first = byKey.get(key)
      if (first === undefined) byKey.set(key, element)
      else
        for (const { field } of places.lists)
          first[field] = [...elementsIn(first[field]), ...elementsIn(element[field])]
    }
    return [...byKey.values()]
  }

  #mergedLists(places: ErrorPlaces, answer: Value, errors: Value, above: Target): Value {
    const both = { ...answer }
    for (const list of places.lists) {
      const lacking = new Map(elementsIn(errors[list.field]).map(each => [this.#key(list.identity, each), each]))
      const told = elementsIn(answer[list.field]).map(element => {
        const key = this.#key(list.identity, element)
        const error = lacking.get(key)
        lacking.delete(key)
        return this.#mergedElement(list, element, error, above)
      })
      both[list.field] = [...told, ...lacking.values()]
    }
    return both
  }

  #mergedElement({ places, identity }: ErrorList, element: Value, errors: Value | undefined, above: Target): Value {
    const target = this.#named({ ...above, ...targetAnswered(identity, element) })
    const { codeField } = places
    if (errors !== undefined && codeField !== undefined && errors[codeField] === this.#options.code) return errors
    if (places.lists.some(({ from }) => from !== undefined)) {
      return this.#mergedLists(places, element, errors ?? {}, target)
    }
    if (codeField === undefined || !this.isStruck(target)) return element
    return { ...this.#withError(places), ...namesAnswered(identity, element) }
  }

  #withError({ codeField, hasMessage, blanks }: ErrorPlaces): Value {
    const { code, message } = this.#options
    return { ...blanks, ...(codeField && { [codeField]: code }), ...(hasMessage && { errorMessage: message }) }
  }

  #target(identity: readonly IdentityField[], element: unknown, above: Target): Target {
    const own = Object.fromEntries(identity.map(({ inRequest, noun }) => [noun, fieldOf(element, inRequest)]))
    return this.#named({ ...above, ...own })
  }

  #key(identity: readonly IdentityField[], element: Value): string {
    return JSON.stringify(this.#named(targetAnswered(identity, element)))
  }

  #named(target: Target): Target {
    return this.#options.named?.(target) ?? target
  }
}

/** The elements of the request that a list of the answer is about; none where it asks for all, or has no names. */
function elementsAsked({ from }: ErrorList, request: Value): unknown[] {
  const [field, inner] = from ?? []
  const elements = field === undefined ? undefined : request[field]
  if (!Array.isArray(elements)) return []
  return inner === undefined ? elements : elements.flatMap((each: Value) => each[inner] as unknown[])
}

const elementsIn = (list: unknown): Value[] => (Array.isArray(list) ? (list as Value[]) : [])

const isStruct = (element: unknown): element is Value => typeof element === 'object' && element !== null

function targetAnswered(identity: readonly IdentityField[], element: Value): Target {
  return Object.fromEntries(identity.map(({ inAnswer, noun }) => [noun, element[inAnswer]]))
}

/** What an element of the request is called in the answer. */
function namesOf(identity: readonly IdentityField[], element: unknown): Value {
  return Object.fromEntries(identity.map(({ inAnswer, inRequest }) => [inAnswer, fieldOf(element, inRequest)]))
}

function namesAnswered(identity: readonly IdentityField[], element: Value): Value {
  return Object.fromEntries(identity.map(({ inAnswer }) => [inAnswer, element[inAnswer]]))
}

const fieldOf = (element: unknown, field: string | undefined): unknown =>
  field === undefined ? element : (element as Value)[field]
