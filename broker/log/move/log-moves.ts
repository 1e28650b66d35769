// All partitions of a broker that move to another log directory: who asked for what, which copies are made now, and the moment in
// which a copy takes its log's place.
//
// The steps of a swap, each safe to die after: the copy is forced to disk; the metadata names its directory; the old directory is
// renamed to `-delete` and that synced; the copy's gets the name of the partition and that is synced. What a start makes of what
// it finds: settle-replicas.ts. Nothing that came after the copy was complete is acknowledged before the last step.
// Invariant: of a partition there is at most one move, and its copy lies in another directory than its log.
// Source: Kafka 4.3.0's ReplicaManager.alterReplicaLogDirs, LogManager.replaceCurrentWithFutureLog. Different on purpose: Kafka
// renames the copy first, and refuses to start on the two logs that a crash leaves then.

import { DiskError } from '../../../io/disk.ts'
import type { World } from '../../../io/world.ts'
import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import type { ManagedDirectory } from '../log-directories.ts'
import type { LogTable } from '../log-table.ts'
import type { PartitionLog } from '../partition-log.ts'
import { futureDirectoryName, markedDirectoryName, partitionDirectoryName } from '../segment-files.ts'
import { LogMove } from './log-move.ts'
import type { MoveConfig } from './move-config.ts'
import { MovePace } from './move-pace.ts'
import { PreferredDirectories } from './preferred-directories.ts'

/** What a move needs of the rest of the broker. */
export interface MoveHost {
  /** Tells the controller in which directory a replica lies. False: it knows nothing of the replica any more. */
  readonly assign: (log: PartitionLog) => Promise<boolean>
  /** From here on the second log is the one in use. Synchronous. */
  readonly replaced: (from: PartitionLog, to: PartitionLog) => void
}

export interface LogMovesOptions {
  readonly world: Pick<World, 'clock' | 'random' | 'logger'>
  readonly config: MoveConfig
  readonly logs: LogTable
  readonly directories: () => readonly ManagedDirectory[]
  /** Opens an empty log at a path that lies in the directory, for the partition that the other log is of. */
  readonly open: (managed: ManagedDirectory, path: string, like: PartitionLog) => Promise<PartitionLog>
  /** Nothing is found under the partition's name in the directory's checkpoints. */
  readonly forget: (log: PartitionLog['logDirectory'], topic: string, partition: number) => Promise<void>
  readonly storeOffsets: (directory: PartitionLog['logDirectory']) => Promise<void>
  /** How far the log was compacted is known of the other one, too. */
  readonly copyCleanerOffset: (from: PartitionLog, to: PartitionLog) => Promise<void>
  readonly removeLater: (log: PartitionLog, path: string) => void
}

/** For metrics. */
export interface MoveCounts {
  copiedBytes: number
  completed: number
  cancelled: number
  failed: number
}

export class LogMoves {
  readonly #options: LogMovesOptions
  /** By "topic-partition"; those that are over are not among them, unless they failed. */
  readonly #moves = new Map<string, LogMove>()
  readonly #waiting: LogMove[] = []
  readonly #swaps = new Map<PartitionLog, Promise<void>>()
  readonly #preferred = new PreferredDirectories()
  readonly counts: MoveCounts = { copiedBytes: 0, completed: 0, cancelled: 0, failed: 0 }
  #host: MoveHost | undefined
  #config: MoveConfig
  #pace: MovePace
  #running = 0
  /** Requests are decided one after the other. */
  #turn: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(options: LogMovesOptions) {
    this.#options = options
    this.#config = options.config
    this.#pace = new MovePace(options.world.clock, options.config.bytesPerSecond)
  }

  /** Before the first partition comes. */
  connect(host: MoveHost): void {
    this.#host = host
  }

  /** Tells the controller where a replica lies that it believes to be elsewhere. */
  assign(log: PartitionLog): void {
    void this.#host?.assign(log)
  }

  updateConfig(config: MoveConfig): void {
    if (config.bytesPerSecond === this.#config.bytesPerSecond) return
    this.#config = config
    const before = this.#pace
    this.#pace = new MovePace(this.#options.world.clock, config.bytesPerSecond)
    before.release()
  }

  /** Moves that are not over, and those of them that copy now. */
  get activeCount(): number {
    return [...this.#moves.values()].filter(move => !move.isOver).length
  }
  get runningCount(): number {
    return this.#running
  }
  /** Offsets that the copy lies behind which lies behind most. */
  get lagMax(): number {
    return Math.max(0, ...[...this.#moves.values()].map(move => move.lag))
  }

  /** The directory that somebody asked for before there was a log; forgotten once asked for. */
  takePreferred(topic: string, partition: number): string | undefined {
    return this.#preferred.take(topic, partition)
  }

  /**
   * AlterReplicaLogDirs for one partition: begins a move, gives up another one, or remembers the directory until the partition
   * comes. `host` says, when it is the request's turn, why the partition cannot be moved; NONE when it can.
   */
  alter(topic: string, partition: number, path: string, host: () => ProtocolError): Promise<ProtocolError> {
    const altered = this.#turn.then(() => this.#alter(topic, partition, path, host))
    this.#turn = altered.catch(() => {})
    return altered
  }

  async #alter(topic: string, partition: number, path: string, host: () => ProtocolError): Promise<ProtocolError> {
    const { logs, directories, world } = this.#options
    if (futureDirectoryName(topic, partition, world.random.bytes(16)) === undefined)
      return errors.INVALID_TOPIC_EXCEPTION
    const target = directories().find(({ directory }) => directory.path === path)
    if (target === undefined) return errors.LOG_DIR_NOT_FOUND
    const refusal = host()
    if (!target.directory.isOnline || refusal === errors.KAFKA_STORAGE_ERROR) return errors.KAFKA_STORAGE_ERROR
    const other = logs.future(topic, partition)
    if (other && other.logDirectory !== target.directory) await this.removeFuture(topic, partition)
    const [current, future] = [logs.get(topic, partition), logs.future(topic, partition)]
    if (current?.logDirectory === target.directory) return refusal
    if (future) return this.#again(future, refusal)
    this.#preferred.set(topic, partition, path)
    if (refusal !== errors.NONE) return refusal
    if (!current || directories().some(({ directory }) => !directory.isOnline)) return errors.KAFKA_STORAGE_ERROR
    return this.#begin(current, target)
  }

  /** The copy is there. One that failed is gone on with. */
  #again(future: PartitionLog, refusal: ProtocolError): ProtocolError {
    this.resume(future.topic, future.partition)
    return refusal
  }

  async #begin(current: PartitionLog, target: ManagedDirectory): Promise<ProtocolError> {
    const { logs, forget, open, world } = this.#options
    const { topic, partition } = current
    const { directory } = target
    const path = `${directory.path}/${futureDirectoryName(topic, partition, world.random.bytes(16))}`
    try {
      // Before the first byte. Otherwise: the copy is recovered from where a log of this name was safe that is long gone.
      await forget(directory, topic, partition)
      const future = await open(target, path, current)
      // It was deleted meanwhile, or its disk failed.
      if (logs.get(topic, partition) !== current || this.#isClosed) {
        await future.abandon()
        await directory.attempt(() => directory.disk.remove(path))
        return errors.REPLICA_NOT_AVAILABLE
      }
      logs.addFuture(future)
      this.#preferred.take(topic, partition)
      this.resume(topic, partition)
      return errors.NONE
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      if (directory.isOnline) await directory.disk.remove(path).catch(() => {})
      return errors.KAFKA_STORAGE_ERROR
    }
  }

  /** Goes on with a move of which the copy is there. Nothing when there is none, or it is under way. */
  resume(topic: string, partition: number): void {
    const { logs, world } = this.#options
    const [current, future] = [logs.get(topic, partition), logs.future(topic, partition)]
    const name = partitionDirectoryName(topic, partition)
    const before = this.#moves.get(name)
    if (!current || !future || this.#isClosed || (before && !before.isOver)) return
    const move = new LogMove({
      current,
      future,
      world,
      pace: () => this.#pace,
      assign: log => this.#host?.assign(log) ?? Promise.resolve(true),
      swap: moved => this.#swap(moved),
      onCopied: bytes => (this.counts.copiedBytes += bytes),
    })
    this.#moves.set(name, move)
    this.#waiting.push(move)
    const [from, to] = [current.logDirectory.path, future.logDirectory.path]
    world.logger.info({ topic, partition, from, to }, `${name} moves from ${from} to ${to}`)
    this.#runNext()
  }

  #runNext(): void {
    while (this.#running < this.#config.threads && this.#waiting.length > 0) {
      this.#running += 1
      void this.#run(this.#waiting.shift()!)
    }
  }

  async #run(move: LogMove): Promise<void> {
    await move.run()
    this.#running -= 1
    if (move.state === 'failed') this.#noteFailed(move)
    else if (this.#moves.get(move.name) === move) this.#moves.delete(move.name)
    this.#runNext()
  }

  /** A copy on a disk that failed is let go of; its files stay for the next start. */
  #noteFailed({ current, future }: LogMove): void {
    this.counts.failed += 1
    if (current.failure === undefined && future.failure === undefined) return
    this.#options.logs.removeFuture(future)
    void future.abandon()
  }

  /** One synchronous moment: between the two lines nobody sees anything. */
  #swap({ current, future }: LogMove): void {
    const { logs, world } = this.#options
    const name = markedDirectoryName(current.topic, current.partition, world.random.bytes(16), 'delete')
    const marked = `${current.logDirectory.path}/${name}`
    const renamed = future.takePlaceOf(current, () => this.#rename(current, marked, future))
    logs.promote(future)
    this.#host?.replaced(current, future)
    const swap = renamed.then(
      () => {
        this.counts.completed += 1
        const { directory } = future
        world.logger.info(
          { topic: future.topic, partition: future.partition, directory },
          `${future.topic}-${future.partition} is in ${directory} now`,
        )
      },
      // The disk has said so, or the log was deleted meanwhile.
      () => {},
    )
    this.#swaps.set(future, swap)
    void swap.then(() => this.#swaps.delete(future))
  }

  /** Bears being repeated. */
  async #rename(current: PartitionLog, marked: string, future: PartitionLog): Promise<void> {
    const { storeOffsets, forget, copyCleanerOffset, removeLater } = this.#options
    const { topic, partition, logDirectory: target } = future
    // Where the log begins and from where on it is to be recovered is known under its name before it has the name.
    await storeOffsets(target)
    await copyCleanerOffset(current, future)
    await current.retire()
    const isMarked = await this.#markDeleted(current, marked)
    await target.disk.move(future.openedAs, `${target.path}/${partitionDirectoryName(topic, partition)}`)
    await target.syncNames()
    await forget(current.logDirectory, topic, partition)
    if (isMarked) removeLater(current, marked)
  }

  /** False when the disk failed. The copy takes over all the same, and a start sets the old log aside. */
  async #markDeleted({ logDirectory, topic, partition, directory }: PartitionLog, marked: string): Promise<boolean> {
    const { world } = this.#options
    try {
      await logDirectory.insist(async () => {
        // It may have been renamed, and only the sync have found no space.
        if (await logDirectory.disk.stat(directory)) await logDirectory.disk.rename(directory, marked)
      })
      await logDirectory.syncNames()
      return true
    } catch (error) {
      world.logger.warn(
        { topic, partition, directory, error: (error as Error).message },
        `${directory} could not be marked as deleted: ${(error as Error).message}. The partition is served from its new directory; the next start with this disk sets the old one aside.`,
      )
      return false
    }
  }

  /** Gives up the move of a partition and deletes its copy. Nothing when there is none. */
  async removeFuture(topic: string, partition: number): Promise<void> {
    const { logs, world, removeLater, storeOffsets } = this.#options
    this.#cancel(topic, partition)
    const future = logs.future(topic, partition)
    if (!future) return
    const { logDirectory } = future
    logs.removeFuture(future)
    await future.abandon()
    if (!logDirectory.isOnline) return
    const marked = `${logDirectory.path}/${markedDirectoryName(topic, partition, world.random.bytes(16), 'delete')}`
    await logDirectory.insist(() => logDirectory.disk.move(future.openedAs, marked))
    // Otherwise: the power goes off, the copy is back, and the move that was given up goes on.
    await logDirectory.syncNames()
    await storeOffsets(logDirectory)
    removeLater(future, marked)
    world.logger.info(
      { topic, partition, directory: marked },
      `${topic}-${partition} no longer moves to ${logDirectory.path}`,
    )
  }

  #cancel(topic: string, partition: number): void {
    const name = partitionDirectoryName(topic, partition)
    const move = this.#moves.get(name)
    if (!move) return
    if (!move.isOver) this.counts.cancelled += 1
    move.cancel()
    this.#moves.delete(name)
    const at = this.#waiting.indexOf(move)
    if (at >= 0) this.#waiting.splice(at, 1)
  }

  /** Resolves when the log has its name, if it is just getting it. */
  async renamed(log: PartitionLog): Promise<void> {
    await this.#swaps.get(log)
  }

  /** The disk of a copy failed: nothing can be done for it. */
  noteFailed(log: PartitionLog): void {
    this.#cancel(log.topic, log.partition)
  }

  /** Nothing more is copied. Copies stay where they are, and the next start goes on with them. */
  stop(): void {
    this.#isClosed = true
    this.#waiting.length = 0
    for (const move of this.#moves.values()) move.suspend()
    this.#pace.release()
  }

  /** Resolves when what takes its log's place has done so. */
  async settled(): Promise<void> {
    await this.#turn
    await Promise.all(this.#swaps.values())
  }
}
