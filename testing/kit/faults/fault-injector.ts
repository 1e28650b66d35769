// Faults in a running broker: stands between the session and the handlers, tells who asks from the faults that were put in, and lets
// the first one that is due have the request. Costs nothing where there are none but a look at an empty list.

import type { Answer, Handler, RequestContext } from '../../../broker/server/handler.ts'
import { errors } from '../../../protocol/errors.ts'
import type { Fields } from '../../../protocol/wire/field.ts'
import { zeroUuid } from '../../../protocol/wire/uuid.ts'
import type { ApiName } from '../served-apis.ts'
import { Strike, type Target, type Value } from './error-answer.ts'
import { depthOf } from './error-depth.ts'
import { type ErrorPlaces, errorPlaces } from './error-places.ts'
import { checkFault, FaultCount, type FaultHandle, type FaultOptions } from './fault.ts'
import { askedOf, withoutWaiting } from './fetch-request.ts'

type Answered = Answer<Fields>
type Later = Answered | Promise<Answered>

class Fault implements FaultHandle {
  readonly api: ApiName
  readonly options: FaultOptions
  readonly counted: FaultCount
  readonly #remove: (fault: Fault) => void

  constructor(api: ApiName, options: FaultOptions, remove: (fault: Fault) => void) {
    this.api = api
    this.options = options
    this.counted = new FaultCount(options)
    this.#remove = remove
  }

  get count(): number {
    return this.counted.count
  }
  get matched(): number {
    return this.counted.matched
  }

  remove(): void {
    this.#remove(this)
  }
}

/** One request on its way to its handler. */
interface Asked {
  readonly handler: Handler
  readonly context: RequestContext
  readonly request: Value
}

export class FaultInjector {
  #faults: readonly Fault[] = []
  /** Delays under way: each is let go when the broker closes. */
  readonly #delays = new Set<() => void>()
  #isClosed = false

  add(api: ApiName, options: FaultOptions): FaultHandle {
    checkFault(api, options)
    const fault = new Fault(api, options, each => {
      this.#faults = this.#faults.filter(other => other !== each)
    })
    this.#faults = [...this.#faults, fault]
    return fault
  }

  clear(): void {
    this.#faults = []
  }

  /** Nothing is struck any more, and nothing waits. */
  close(): void {
    this.#isClosed = true
    this.clear()
    for (const letGo of [...this.#delays]) letGo()
  }

  /** The handler with the faults before it; `seen` is told of each request first. */
  wrap(handler: Handler, seen: (context: RequestContext) => (fault: string) => void): Handler {
    const handle = (context: RequestContext, request: object): Later => {
      const note = seen(context)
      const asked: Asked = { handler, context, request: request as Value }
      const fault = this.#faults.length === 0 ? undefined : this.#due(asked)
      if (fault === undefined) return carryOut(asked)
      note(described(fault.options))
      return this.#strike(asked, fault.options)
    }
    return { ...handler, handle: handle as Handler['handle'] }
  }

  /** The first one whose turn it is; all that the request is meant for count it. */
  #due(asked: Asked): Fault | undefined {
    let due: Fault | undefined
    for (const fault of this.#faults) {
      if (fault.api !== asked.handler.api.name || !isMeant(asked, fault.options)) continue
      if (fault.counted.match()) due ??= fault
    }
    if (due !== undefined) due.counted.count += 1
    return due
  }

  #strike(asked: Asked, options: FaultOptions): Later {
    const { delayMs, error, drop, ignore } = options
    const isLate = delayMs !== undefined && error === undefined && !drop && !ignore
    const at = options.at ?? (isLate ? 'after' : 'before')
    const end = () => (isLate ? carryOut(asked) : ended(asked, options, at))
    if (delayMs === undefined) return end()
    if (at === 'before') return this.#delay(asked.context, delayMs).then(end)
    // Carried out when it came, whenever it is answered.
    const answer = Promise.resolve(end())
    return Promise.all([answer, this.#delay(asked.context, delayMs)]).then(([answered]) => answered)
  }

  #delay({ services }: RequestContext, delayMs: number): Promise<void> {
    if (this.#isClosed) return Promise.resolve()
    return new Promise(resolve => {
      const letGo = () => {
        this.#delays.delete(letGo)
        cancel()
        resolve()
      }
      const cancel = services.world.clock.after(delayMs, letGo)
      this.#delays.add(letGo)
    })
  }
}

const carryOut = ({ handler, context, request }: Asked): Later => handler.handle(context, request as never)

function isMeant({ handler, context, request }: Asked, options: FaultOptions): boolean {
  const { topic, partition, clientId, when } = options
  if (clientId !== undefined && clientId !== context.clientId) return false
  if (topic !== undefined || partition !== undefined) {
    const places = errorPlaces(handler.api, context.apiVersion)
    const { strike, asked } = strikeOf({ handler, context, request }, options, places)
    if (!strike.targets(places, asked).some(target => strike.isStruck(target))) return false
  }
  return when === undefined || when(request as never, { version: context.apiVersion, clientId: context.clientId })
}

/** A request that ends in another way than its handler's. */
function ended(asked: Asked, options: FaultOptions, at: 'before' | 'after'): Later {
  const { context, request } = asked
  if (options.error !== undefined && !isUnanswered(asked)) return refused(asked, options, at)
  // Nothing behind it is decided: the connection is as dead as that of a broker that hangs.
  if (options.ignore) context.holdUp()
  const end = () => {
    if (!options.ignore) context.closeConnection(`asked for by a fault of the test kit: ${described(options)}`)
    return undefined
  }
  if (at === 'before') return end()
  return Promise.resolve(carryOut({ ...asked, request })).then(end)
}

/** With acks=0 there is no answer that could have an error: Kafka closes the connection then. */
const isUnanswered = ({ handler, request }: Asked): boolean => handler.api.name === 'Produce' && request.acks === 0

function refused(asked: Asked, options: FaultOptions, at: 'before' | 'after'): Later {
  const { handler, context, request } = asked
  const places = errorPlaces(handler.api, context.apiVersion)
  const { strike, asked: named } = strikeOf(asked, options, places)
  const answer = strike.answer(places, named)
  const merge = (answered: Answered) => strike.merged(places, (answered ?? {}) as Value, answer)
  if (at === 'after') return then(carryOut(asked), merge)
  if (places.codeField !== undefined && answer[places.codeField] === errors[options.error!].code) return answer
  const targets = strike.targets(places, named)
  // It asks for all that there is: what it is told gets the error, and there is nothing that could be left undone.
  if (targets.length === 0) return then(carryOut({ ...asked, request: withoutWaiting(handler.api, request) }), merge)
  const isNothingLeft = targets.every(target => strike.isStruck(target))
  if (isNothingLeft && !places.hasOtherLists && named === request) return answer
  const rest = { ...asked, request: withoutWaiting(handler.api, strike.rest(places, request)) }
  if (!isNothingLeft || named !== request) return then(carryOut(rest), merge)
  return then(carryOut(rest), answered => ({ ...(answered as Value), ...noError(places), ...answer }))
}

function noError({ codeField, hasMessage }: ErrorPlaces): Value {
  return { ...(codeField && { [codeField]: 0 }), ...(hasMessage && { errorMessage: null }) }
}

/** The strike, and the request with all that it is about. */
function strikeOf({ handler, context, request }: Asked, options: FaultOptions, places: ErrorPlaces) {
  const { topic, partition, error = 'UNKNOWN_SERVER_ERROR', place } = options
  const { code, text } = errors[error]
  const { image } = context.services.metadata
  const strike = new Strike({
    code,
    message: `${text} (a fault of the test kit)`,
    depth: place ?? depthOf(error, places),
    strikes: target => isOne(topic, target.topic) && isOne(partition, target.partition),
    named: target => byName(target, id => image.topicById(id)?.name),
  })
  return { strike, asked: askedOf(handler.api, context, request) }
}

const isOne = (wanted: unknown, named: unknown): boolean => wanted === undefined || wanted === named

/** Topics by their names, also where only their ids are given. */
function byName(target: Target, nameOf: (topicId: string) => string | undefined): Target {
  const { topicId, ...rest } = target
  if (topicId === undefined) return target
  const topic = target.topic || (topicId === zeroUuid ? undefined : nameOf(topicId))
  return topic === undefined ? target : { ...rest, topic }
}

function then(answer: Later, make: (answered: Answered) => Answered): Later {
  return answer instanceof Promise ? answer.then(make) : make(answer)
}

function described({ error, drop, ignore, delayMs, at }: FaultOptions): string {
  const words = [error, drop && 'drop', ignore && 'ignore', delayMs !== undefined && `delay ${delayMs} ms`, at]
  return words.filter(word => typeof word === 'string').join(' ')
}
