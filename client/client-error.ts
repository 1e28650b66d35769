// What goes wrong for a user of the client: one class, told apart by `code`, which never changes its meaning. A code is either
// Kafka's name of what a broker answered (protocol/errors.ts) or one of the client's own, listed here.

import { errorName, errors } from '../protocol/errors.ts'

/** What the client itself finds, with the advice that goes with it. `retriable`: the same call may succeed later. */
export const clientErrors = {
  CONNECTION_CLOSED: {
    retriable: true,
    help: 'whether the request was carried out is not known; ask again',
  },
  REQUEST_TIMED_OUT_LOCALLY: {
    retriable: true,
    help: 'the connection was dropped; raise requestTimeoutMs if the broker is only slow',
  },
  BROKER_UNREACHABLE: {
    retriable: true,
    help: 'check that the broker runs, and that the address it advertises (advertised.listeners) can be reached from here',
  },
  UNTRUSTED: {
    retriable: false,
    help: "give the authority that signed the broker's certificate as tls.ca, and as tls.servername the name in it if that is not the host's; where the broker asks for one, your own as tls.cert and tls.key; or connect without tls if that listener has none",
  },
  CIRCUIT_OPEN: {
    retriable: true,
    help: 'the broker failed several times in a row and is left alone for a moment',
  },
  NO_BROKER_AVAILABLE: {
    retriable: true,
    help: 'none of the known brokers and bootstrap addresses answers; check `bootstrap`',
  },
  TOO_MANY_REQUESTS_IN_FLIGHT: {
    retriable: true,
    help: 'await some of the requests under way first',
  },
  BUFFER_FULL: {
    retriable: true,
    help: 'await what was sent before, or producer.room()',
  },
  DEADLINE_EXCEEDED: {
    retriable: true,
    help: 'the last failure is the cause of this error; raise the timeout if it may take longer',
  },
  UNSUPPORTED_BY_BROKER: {
    retriable: false,
    help: 'the broker is too old, or too new, for this call',
  },
  BROKEN_ANSWER: {
    retriable: true,
    help: 'the broker (or something between) does not speak the Kafka protocol correctly; the connection was dropped',
  },
  NOT_IN_GROUP: {
    retriable: false,
    help: 'drop what is under way; this member has left the group, was put out of it, or has not joined yet',
  },
  PARTITION_NOT_OWNED: {
    retriable: false,
    help: 'drop what is under way; the group has given the partition to another member, or anew to this one',
  },
  BATCH_OVER: {
    retriable: false,
    help: 'read a batch before the next one is asked for, or call batch.keep() before that',
  },
  COMMIT_OVERTAKEN: {
    retriable: false,
    help: 'commit the newest position again; what was committed before it is covered by that',
  },
  NO_COMMON_GROUP_PROTOCOL: {
    retriable: false,
    help: 'set `protocol` and `assignors` to what the other members use, or upgrade the group first',
  },
  UNEXPECTED_FAILURE: { retriable: false, help: 'the cause says what happened; if it is the client, please report it' },
  INVALID_ARGUMENT: { retriable: false, help: 'correct the call' },
  CLOSED: { retriable: false, help: 'it was closed before; make a new one' },
  ABORTED: { retriable: false, help: 'the AbortSignal given to the call was raised' },
} as const

export type ClientErrorCode = keyof typeof clientErrors

/** Where it happened, as far as it is known. */
export interface ErrorPlace {
  /** "host:port", with the node id where it is known. */
  readonly broker?: string | undefined
  readonly topic?: string | undefined
  readonly partition?: number | undefined
  readonly group?: string | undefined
  readonly transactionalId?: string | undefined
}

export interface ClientErrorOptions extends ErrorPlace {
  readonly retriable?: boolean
  /** What to do next. The code's own advice when left out. */
  readonly help?: string
  readonly cause?: unknown
}

/** An error of the client. `code` is stable; `retriable` says whether the same call may succeed later. */
export class ClientError extends Error {
  readonly code: string
  readonly retriable: boolean
  readonly help: string | undefined
  readonly broker: string | undefined
  readonly topic: string | undefined
  readonly partition: number | undefined
  readonly group: string | undefined
  readonly transactionalId: string | undefined

  constructor(code: ClientErrorCode | (string & {}), message: string, options: ClientErrorOptions = {}) {
    const known = clientErrors[code as ClientErrorCode] as { retriable: boolean; help: string } | undefined
    const help = options.help ?? known?.help
    super(`${code}: ${message}${placeIn(options)}${help === undefined ? '' : `; ${help}`}`, { cause: options.cause })
    this.name = 'ClientError'
    this.code = code
    this.retriable = options.retriable ?? known?.retriable ?? false
    this.help = help
    this.broker = options.broker
    this.topic = options.topic
    this.partition = options.partition
    this.group = options.group
    this.transactionalId = options.transactionalId
  }
}

/** What a broker answered, as an error. `detail` is the broker's own message, where it sent one. */
export function brokerError(errorCode: number, options: ClientErrorOptions = {}, detail?: string | null): ClientError {
  const name = errorName(errorCode)
  if (name === undefined) {
    return new ClientError(
      'UNKNOWN_SERVER_ERROR',
      `the broker answered error ${errorCode}, which is not known`,
      options,
    )
  }
  const error = errors[name]
  const text = detail ? `${error.text} (${detail})` : error.text
  return new ClientError(name, text, { retriable: error.retriable, ...options })
}

/** Whether the error is the client's, and says that the same call may succeed later. */
export function isRetriable(error: unknown): boolean {
  return error instanceof ClientError && error.retriable
}

const onlySaysThatItFailed: ReadonlySet<unknown> = new Set(['NO_BROKER_AVAILABLE', 'CIRCUIT_OPEN'])

/** What lies behind an error that only says that nothing is to be had: the last failure, which says why. */
export function rootOf(error: Error): Error {
  const { code, cause } = error as Partial<ClientError>
  return onlySaysThatItFailed.has(code) && cause instanceof Error ? rootOf(cause) : error
}

function placeIn({ broker, topic, partition, group, transactionalId }: ErrorPlace): string {
  const places = [
    topic === undefined ? '' : ` for ${topic}${partition === undefined ? '' : `-${partition}`}`,
    group === undefined ? '' : ` for group ${group}`,
    transactionalId === undefined ? '' : ` for transactional id ${transactionalId}`,
    broker === undefined ? '' : ` at broker ${broker}`,
  ]
  return places.join('')
}
