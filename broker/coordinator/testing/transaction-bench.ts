// Producers of one transactional id, driven by the commands of a transcript. Every answer shows under the command that
// brought it about, and so does every marker that is sent.
//
//   init P [resume] [timeout=MS] [2pc] [keep]     a producer starts; `resume`: with the producer id and epoch that it has
//   add P TOPIC-PARTITION ... [v=2]               verify P TOPIC-PARTITION ...
//   commit P [v=1|2] [epoch=N] [id=N]             abort P ...            (v: transaction version of the client; 2)
//   epoch P N [ID]                                the producer has this epoch (and id) from now on
//   exhaust N                                     the coordinator's record says that the producer is at epoch N
//   describe     list [state=S] [pattern=R] [duration=MS]     wait MS     delete-topic TOPIC     set NAME=VALUE     version N
//   markers hold|release|refuse ERROR             release: those that wait are written; refuse: they, and later ones, are refused
//   log hold|commit|release|refuse ERROR|accept   records     crash [epoch=N] (a new process finds what was committed)
//   A command that ends in & shares its turn with the next one: their records go to the log together.

import { type ErrorName, errorName, errors } from '../../../protocol/errors.ts'
import { buildBatch } from '../../../protocol/records/batch-builder.ts'
import type { TopicPartition } from '../../../protocol/types.ts'
import type { Int64 } from '../../../protocol/wire/int64.ts'
import { listPartitions } from '../transaction/transaction-partitions.ts'
import { type TransactionRecord, transactionRecordCodec } from '../transaction/transaction-record.ts'
import { MemoryLog } from './memory-log.ts'
import { MemoryPartition } from './memory-partition.ts'
import { TestTransactions } from './test-transactions.ts'
import type { Bench } from './transcript.ts'

type Options = ReadonlyMap<string, string>

interface Producer {
  producerId: Int64
  producerEpoch: number
}

const transactionalId = 'app'

export class TransactionBench implements Bench {
  readonly #settings: [string, string][] = []
  readonly #producers = new Map<string, Producer>()
  #lines: string[] = []
  #test: TestTransactions | undefined
  #log = new MemoryLog({ autoCommit: true })
  #version = 2
  #leaderEpoch = 0
  #recordsShown = 0

  async run(command: string, args: readonly string[], options: Options): Promise<readonly string[]> {
    this.#lines = []
    if (command === 'set') this.#settings.push(...options)
    else if (command === 'version') this.#version = Number(args[0])
    else {
      const test = (this.#test ??= await this.#start())
      await this.#dispatch(test, command, args, options)
      if (!args.includes('&')) await test.clock.run()
    }
    return this.#lines
  }

  async #start(): Promise<TestTransactions> {
    const before = this.#test
    const test = new TestTransactions({
      settings: this.#settings,
      partitions: [new MemoryPartition(this.#log)],
      transactionVersion: this.#version,
      leaderEpoch: this.#leaderEpoch,
      firstProducerId: before?.nextProducerId ?? 100,
      ...(before && { clock: before.clock }),
    })
    test.onMarker = ({ topic, partition, end }) => {
      const what = end.committed ? 'COMMIT' : 'ABORT'
      const producer = `producer=${end.producerId} epoch=${end.producerEpoch}`
      this.#lines.push(
        `marker ${what} ${topic}-${partition} ${producer} coordinator=${end.coordinatorEpoch} v=${end.transactionVersion}`,
      )
    }
    return test.start()
  }

  async #dispatch(test: TestTransactions, command: string, args: readonly string[], options: Options): Promise<void> {
    switch (command) {
      case 'init':
        return this.#init(test, args, options)
      case 'add':
      case 'verify':
        return this.#partitions(test, command, args, options)
      case 'commit':
      case 'abort':
        return this.#end(test, command, args, options)
      case 'epoch':
        Object.assign(this.#producer(args[0]!), {
          producerEpoch: Number(args[1]),
          ...(args[2] && { producerId: Number(args[2]) }),
        })
        return
      case 'exhaust':
        return this.#exhaust(Number(args[0]))
      case 'describe':
        return this.#describe(test)
      case 'list':
        return this.#list(test, options)
      case 'wait':
        return test.clock.run(Number(args[0]))
      case 'delete-topic':
        test.topics.delete(args[0]!)
        return
      case 'markers':
        return this.#steerMarkers(test, args)
      case 'log':
        return this.#steerLog(args)
      case 'records':
        return this.#showRecords()
      case 'crash':
        return this.#crash(test, options)
      default:
        throw new Error(`no command ${command}`)
    }
  }

  #init(test: TestTransactions, args: readonly string[], options: Options): void {
    const name = args[0]!
    const producer = this.#producer(name)
    const owned = args.includes('resume') ? { ...producer } : undefined
    const request = {
      transactionalId,
      timeoutMs: Number(options.get('timeout') ?? 60_000),
      owned,
      enable2Pc: args.includes('2pc'),
      keepPreparedTxn: args.includes('keep'),
    }
    this.#say(`${name} InitProducerId`, test.coordinator.initProducerId(request), ({ error, ...got }) => {
      if (error !== errors.NONE) return errorName(error.code)!
      Object.assign(producer, got)
      return `producer=${got.producerId} epoch=${got.producerEpoch}`
    })
  }

  #partitions(test: TestTransactions, command: 'add' | 'verify', args: readonly string[], options: Options): void {
    const name = args[0]!
    const partitions = args
      .slice(1)
      .filter(arg => arg !== '&')
      .map(partitionOf)
    const request = { transactionalId, ...this.#producer(name), partitions }
    if (command === 'verify') {
      this.#say(`${name} verify`, test.coordinator.verifyPartitions(request), answers =>
        answers.map(({ code }) => errorName(code)).join(' '),
      )
      return
    }
    const added = test.coordinator.addPartitions(request, Number(options.get('v') ?? 2))
    this.#say(`${name} AddPartitionsToTxn`, added, ({ code }) => errorName(code)!)
  }

  #end(test: TestTransactions, command: 'commit' | 'abort', args: readonly string[], options: Options): void {
    const name = args[0]!
    const producer = this.#producer(name)
    const request = {
      transactionalId,
      producerId: Number(options.get('id') ?? producer.producerId),
      producerEpoch: Number(options.get('epoch') ?? producer.producerEpoch),
      committed: command === 'commit',
      clientVersion: Number(options.get('v') ?? 2),
    }
    this.#say(`${name} EndTxn ${command}`, test.coordinator.endTransaction(request), ({ error, ...got }) => {
      if (error !== errors.NONE) return errorName(error.code)!
      if (got.producerEpoch === -1) return 'NONE'
      Object.assign(producer, got)
      return `NONE producer=${got.producerId} epoch=${got.producerEpoch}`
    })
  }

  /** As if the producer had gone through all epochs up to there: a coordinator finds it in its log. */
  async #exhaust(producerEpoch: number): Promise<void> {
    const latest = this.#records().at(-1)!
    const transaction = { ...latest.transaction!, producerEpoch }
    const { key, value } = transactionRecordCodec.encode({ ...latest, transaction })
    this.#log.append(buildBatch([{ key, value, timestamp: 0 }]))
    this.#recordsShown = this.#records().length
    for (const producer of this.#producers.values()) producer.producerEpoch = producerEpoch
    await this.#crash(this.#test!, new Map())
  }

  #describe(test: TestTransactions): void {
    const [described] = test.coordinator.describeTransactions([transactionalId])
    const { errorCode, transactionState, producerId, producerEpoch, topics } = described!
    if (errorCode !== 0) this.#lines.push(errorName(errorCode!)!)
    else {
      const partitions = (topics ?? []).flatMap(each => (each.partitions ?? []).map(index => `${each.topic}-${index}`))
      this.#lines.push(`${transactionState} producer=${producerId} epoch=${producerEpoch} [${partitions.join(' ')}]`)
    }
  }

  #list(test: TestTransactions, options: Options): void {
    const state = options.get('state')
    const { error, unknownStates, transactions } = test.coordinator.listTransactions({
      stateFilters: state === undefined ? [] : state.split(','),
      producerIdFilters: [],
      durationFilter: Number(options.get('duration') ?? -1),
      transactionalIdPattern: options.get('pattern') ?? null,
    })
    const ids = (transactions ?? []).map(each => `${each.transactionalId} ${each.transactionState}`)
    const unknown = (unknownStates ?? []).map(name => `unknown state ${name}`)
    this.#lines.push(...(error === errors.NONE ? [...ids, ...unknown] : [errorName(error.code)!]))
  }

  #steerMarkers(test: TestTransactions, [what, name]: readonly string[]): void {
    test.markersAnswer = what === 'hold' ? undefined : what === 'release' ? errors.NONE : errors[name as ErrorName]
    if (test.markersAnswer === undefined) return
    for (const marker of test.sent.splice(0)) marker.answer(test.markersAnswer)
  }

  #steerLog([what, name]: readonly string[]): void {
    const log = this.#log
    if (what === 'hold') log.autoCommit = false
    else if (what === 'commit') log.commit()
    else if (what === 'release') {
      log.autoCommit = true
      log.commit()
    } else log.refusal = what === 'refuse' ? errors[name as ErrorName] : undefined
  }

  #records(): TransactionRecord[] {
    return this.#log.records().map(({ key, value }) => transactionRecordCodec.decode(key, value) as TransactionRecord)
  }

  /** Those that came since it was last asked. */
  #showRecords(): void {
    const all = this.#records()
    for (const { transactionalId, transaction, version } of all.slice(this.#recordsShown)) {
      this.#lines.push(transaction === null ? `${transactionalId} forgotten` : inWords(transaction, version))
    }
    this.#recordsShown = all.length
  }

  async #crash(test: TestTransactions, options: Options): Promise<void> {
    test.coordinator.close()
    await test.clock.run()
    this.#lines = []
    this.#leaderEpoch = Number(options.get('epoch') ?? this.#leaderEpoch + 1)
    const content = this.#log.crashed()
    content.autoCommit = true
    this.#log = content
    this.#test = await this.#start()
    await this.#test.clock.run()
  }

  #producer(name: string): Producer {
    const known = this.#producers.get(name)
    if (known !== undefined) return known
    const made = { producerId: -1, producerEpoch: -1 }
    this.#producers.set(name, made)
    return made
  }

  #say<Answer>(who: string, answer: Promise<Answer>, words: (answer: Answer) => string): void {
    void answer.then(got => this.#lines.push(`${who}: ${words(got)}`))
  }
}

function inWords(transaction: NonNullable<TransactionRecord['transaction']>, version: number): string {
  const { status, producerId, previousProducerId, nextProducerId, producerEpoch, partitions, clientVersion } =
    transaction
  const ids = `producer=${producerId} previous=${previousProducerId} next=${nextProducerId} epoch=${producerEpoch}`
  const list = [...listPartitions(partitions)].map(({ topic, partition }) => `${topic}-${partition}`).join(' ')
  return `${status} ${ids} client=${clientVersion} [${list}] v${version}`
}

function partitionOf(name: string): TopicPartition {
  const at = name.lastIndexOf('-')
  return { topic: name.slice(0, at), partition: Number(name.slice(at + 1)) }
}
