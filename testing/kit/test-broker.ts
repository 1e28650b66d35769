// A broker for tests: the real one, in this process, on a free port of 127.0.0.1, with what a test wants to do to it and see of it.
// Invariant: when `close` has resolved nothing of it is left: no socket, no timer, no descriptor, no temporary file.

import { Broker } from '../../broker/broker.ts'
import type { Handler, RequestContext } from '../../broker/server/handler.ts'
import { brokerError, ClientError } from '../../client/client-error.ts'
import type { Clock } from '../../io/clock.ts'
import type { Logger } from '../../io/logger.ts'
import { silentLogger } from '../../io/logger.ts'
import { realClock } from '../../io/real-clock.ts'
import { realNet } from '../../io/real-net.ts'
import { realRandom } from '../../io/real-random.ts'
import { simWorkers } from '../../io/sim/workers.ts'
import type { World } from '../../io/world.ts'
import type { RecordView } from '../../protocol/records/record.ts'
import { consume } from '../log-consumer.ts'
import { checkOptions, configOf, type StartBrokerOptions, type TopicOptions, textsOf } from './broker-options.ts'
import type { FaultHandle, FaultOptions } from './faults/fault.ts'
import { FaultInjector } from './faults/fault-injector.ts'
import { eitherClock, ManualTime, type TestClock } from './manual-time.ts'
import { PendingWork } from './pending-work.ts'
import { RequestLog, requestsMaxDefault } from './request-log.ts'
import type { ApiName } from './served-apis.ts'
import { stderrLogger } from './stderr-logger.ts'
import { openStorage, type Storage } from './storage.ts'

const host = '127.0.0.1'
/** How long `close` waits for requests under way, and for clients that do not take their answers. */
const closeMsMax = 1000
const createTimeoutMs = 30_000
/** Of a log, read at once for `records`. */
const readBytesMax = 1024 * 1024

/** Starts a broker; resolves when it serves. Rejects with what is in the way, and leaves nothing behind then. */
export async function startBroker(options: StartBrokerOptions = {}): Promise<TestBroker> {
  checkOptions(options)
  const parts = await partsOf(options)
  const broker = new TestBroker(parts)
  try {
    await broker.start(options)
    return broker
  } catch (error) {
    await broker.close()
    throw error
  }
}

interface Parts {
  readonly options: StartBrokerOptions
  readonly world: World
  readonly storage: Storage
  readonly time: ManualTime | undefined
}

async function partsOf(options: StartBrokerOptions): Promise<Parts> {
  const real = realClock()
  const work = new PendingWork(real)
  const time = options.clock === 'manual' ? new ManualTime(real, work) : undefined
  const clock: Clock = time ?? real
  const storage = await openStorage(options, () => clock.now())
  const workers = simWorkers()
  const world: World = {
    clock,
    random: realRandom(),
    disk: time === undefined ? storage.disk : work.countDisk(storage.disk),
    net: realNet(),
    workers: time === undefined ? workers : work.countWorkers(workers),
    logger: loggerOf(options),
  }
  return { options, world, storage, time }
}

function loggerOf({ log }: StartBrokerOptions): Logger {
  if (log === undefined) return silentLogger
  return typeof log === 'string' ? stderrLogger(log, () => 'millrace') : log
}

export class TestBroker implements AsyncDisposable {
  readonly host = host
  /** Which requests it was sent. */
  readonly requests: RequestLog
  readonly #parts: Parts
  readonly #faults = new FaultInjector()
  #broker: Broker | undefined
  #failure: Error | undefined
  #closing: Promise<void> | undefined

  /** Use `startBroker()`. */
  constructor(parts: Parts) {
    this.#parts = parts
    this.requests = new RequestLog(parts.options.requestsMax ?? requestsMaxDefault)
  }

  /** Called once, by `startBroker()`. */
  async start({ topics = {} }: StartBrokerOptions): Promise<void> {
    const { options, world, storage, time } = this.#parts
    this.#broker = await Broker.start({
      world,
      config: configOf(options, storage.dataDir),
      drainMsMax: closeMsMax,
      wrapHandler: handler => this.#wrap(handler),
      onFatal: error => {
        this.#failure = error
      },
      // Clients wait for records by their own clock, and would take a broker for dead whose fetches never end.
      ...(time && { fetchClock: eitherClock(time, realClock()) }),
    })
    for (const [name, topic] of Object.entries(topics)) await this.createTopic(name, topic)
  }

  get port(): number {
    return this.#open.port
  }

  /** "127.0.0.1:PORT", for `bootstrap.servers` of any client. */
  get bootstrap(): string {
    return `${host}:${this.port}`
  }

  /** The broker's time. Of a broker with the `real` clock it can be read, and not moved. */
  get clock(): TestClock {
    const { time, world } = this.#parts
    if (time !== undefined) return time
    const message = "broker.clock.advance: its clock is the machine's; start it with { clock: 'manual' }"
    return { now: () => world.clock.now(), advance: () => Promise.reject(new ClientError('INVALID_ARGUMENT', message)) }
  }

  /** Creates a topic; resolves when it can be written to. Rejects with a ClientError of Kafka's code, such as TOPIC_ALREADY_EXISTS. */
  async createTopic(name: string, { partitions = -1, config = {} }: TopicOptions = {}): Promise<void> {
    const configs = [...textsOf(config)].map(([setting, value]) => ({ name: setting, value }))
    const topic = { name, numPartitions: partitions, replicationFactor: -1, assignments: [], configs }
    const { topics } = await this.#open.metadata.createTopics({
      topics: [topic],
      timeoutMs: createTimeoutMs,
      validateOnly: false,
    })
    const { errorCode = 0, errorMessage = null } = topics?.[0] ?? {}
    if (errorCode !== 0) throw brokerError(errorCode, { topic: name }, errorMessage)
  }

  /**
   * What the partition holds, as a consumer would be given it from its beginning on: markers of transactions are left out, and with
   * `committed` what was aborted or is not decided too. Rejects with UNKNOWN_TOPIC_OR_PARTITION where there is no such partition.
   */
  records(
    topic: string,
    partition: number,
    isolation: 'uncommitted' | 'committed' = 'uncommitted',
  ): Promise<RecordView[]> {
    const { partition: found, error } = this.#open.partitions.leading(topic, partition)
    if (found === undefined) return Promise.reject(brokerError(error.code, { topic, partition }))
    return consume(found.log, isolation, readBytesMax)
  }

  /**
   * Makes requests of an API fail, as `options` say. Of several faults the one that was put in first strikes first; all that a request is
   * meant for count it. Throws a ClientError INVALID_ARGUMENT that says what to write instead.
   */
  fault<Name extends ApiName>(api: Name, options: FaultOptions<Name>): FaultHandle {
    return this.#faults.add(api, options as FaultOptions)
  }

  /** Removes all faults. */
  clearFaults(): void {
    this.#faults.clear()
  }

  /**
   * Stops it, also while clients are connected and wait: what waits is answered, connections are closed, after a second at the latest.
   * Idempotent. Rejects when the broker gave up by itself before, such as when its directory was taken away.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  get #open(): Broker {
    if (this.#broker === undefined || this.#closing !== undefined) {
      throw new ClientError('CLOSED', 'the broker is not running', { help: 'start another one with startBroker()' })
    }
    return this.#broker
  }

  #wrap(handler: Handler): Handler {
    const api = handler.api.name as ApiName
    return this.#faults.wrap(handler, context => {
      const request = { ...this.#describe(context), api }
      this.requests.add(request)
      return fault => {
        request.fault = fault
      }
    })
  }

  #describe({ apiVersion, clientId, connectionId, correlationId }: RequestContext): {
    version: number
    clientId: string | null
    connectionId: string
    correlationId: number
    atMs: number
    fault?: string
  } {
    return { version: apiVersion, clientId, connectionId, correlationId, atMs: this.#parts.world.clock.now() }
  }

  async #close(): Promise<void> {
    const { time, storage, world } = this.#parts
    this.#faults.close()
    const stopTime = time?.letPass()
    try {
      await this.#broker?.stop()
      await world.workers.close()
    } finally {
      stopTime?.()
      await storage.remove()
    }
    if (this.#failure === undefined) return
    const message = `the broker gave up while it was used: ${this.#failure.message}`
    throw new ClientError('UNKNOWN_SERVER_ERROR', message, { cause: this.#failure })
  }
}
