// KRaft's rules as a synchronous object: it takes events and offers effects; a shell (metadata/quorum-driver.ts) performs
// them in order and says when appended records are on disk. It has no clock, no disk and no network.
//
// Done: the life of a quorum of one voter (election, start of epoch, high watermark, resignation).
// Left for later: more voters than this node (pre-vote, vote, fetch, begin and end of epochs, voter changes). Such a
// quorum is refused when it starts. The shape does not change then: messages become events and effects.
//
// Invariants: an epoch is on disk (persist) before records of it are appended, so that no two leaderships share an epoch;
// the high watermark never goes back; it moves only by records of the leader's own epoch (the epoch starts with one).
// Source: org.apache.kafka.raft.KafkaRaftClient, QuorumState, LeaderState, Kafka 4.3.0.

import type { LeaderEpoch, Offset } from '../../protocol/types.ts'
import { type Uuid, zeroUuid } from '../../protocol/wire/uuid.ts'
import { kRaftVersion, kRaftVoters, leaderChange, type RaftRecord } from './control-record.ts'
import type { ElectionState } from './election-state.ts'
import { mayBecome, type Role } from './roles.ts'
import { isVoter, sameVoter, type Voter, type VoterSet } from './voter-set.ts'

/** Records that stand or fall together: one batch of the log. */
export interface RaftBatch {
  readonly baseOffset: Offset
  readonly epoch: LeaderEpoch
  readonly isControl: boolean
  /** False: it may get lost with the power, and counts as committed without being on disk. */
  readonly isDurable: boolean
  readonly records: readonly RaftRecord[]
}

export type QuorumEvent =
  /** What is on disk has been read. */
  | { readonly type: 'start' }
  /** All records below `endOffset` are on disk. */
  | { readonly type: 'flushed'; readonly endOffset: Offset }
  /** The node stops, or cannot write any more. */
  | { readonly type: 'resign' }

/** To be done in this order: persisted, then appended. */
export interface Ready {
  readonly persist: ElectionState | undefined
  readonly append: readonly RaftBatch[]
}

/** What a quorum knows when it starts. */
export interface QuorumStart {
  /** This node as a voter, with its current endpoints. */
  readonly local: Voter
  readonly localDirectoryId: Uuid
  readonly voters: VoterSet
  readonly kraftVersion: number
  /** Whether the log itself (not only the first snapshot, written when the directory was formatted) has the voters. */
  readonly votersInLog: boolean
  readonly election: ElectionState
  readonly logEndOffset: Offset
  /** Of the last record; 0 when there is none. */
  readonly lastEpoch: LeaderEpoch
}

/** The quorum is one that this node cannot be part of. */
export class QuorumError extends Error {
  readonly code = 'QUORUM_NOT_SUPPORTED'
}

export class Quorum {
  readonly #start: QuorumStart
  #role: Role = 'unattached'
  #voters: VoterSet
  #election: ElectionState
  #nextOffset: Offset
  #epochStartOffset: Offset = 0
  #highWatermark: Offset = 0
  #persist: ElectionState | undefined
  #append: RaftBatch[] = []

  /** Throws QuorumError when there are other voters, or when this node is not the voter. */
  constructor(start: QuorumStart) {
    this.#start = start
    this.#voters = start.voters
    this.#election = { ...start.election, epoch: Math.max(start.election.epoch, start.lastEpoch) }
    this.#nextOffset = start.logEndOffset
    checkVoters(start)
  }

  get role(): Role {
    return this.#role
  }
  get epoch(): LeaderEpoch {
    return this.#election.epoch
  }
  get voters(): VoterSet {
    return this.#voters
  }
  /** First offset that is not assigned. */
  get nextOffset(): Offset {
    return this.#nextOffset
  }
  /** Records below it are committed. */
  get highWatermark(): Offset {
    return this.#highWatermark
  }

  step(event: QuorumEvent): void {
    switch (event.type) {
      case 'start':
        this.#elect()
        break
      case 'flushed':
        this.#flushed(event.endOffset)
        break
      case 'resign':
        if (this.#role === 'leader') this.#become('resigned')
        this.#append = []
        break
    }
  }

  /**
   * Takes records in at once and answers the offset of the first. Only a leader may be asked. In a quorum of one records
   * that mean nothing (`isDurable: false`) need not be waited for: there is nobody who could have seen them.
   */
  propose(records: readonly RaftRecord[], { isControl = false, isDurable = true } = {}): Offset {
    if (this.#role !== 'leader') throw new Error(`a ${this.#role} was asked to append records`)
    const baseOffset = this.#nextOffset
    this.#append.push({ baseOffset, epoch: this.epoch, isControl, isDurable, records })
    this.#nextOffset = baseOffset + records.length
    return baseOffset
  }

  /** Effects since last asked; null when there are none. */
  takeReady(): Ready | null {
    if (this.#persist === undefined && this.#append.length === 0) return null
    const ready = { persist: this.#persist, append: this.#append }
    this.#persist = undefined
    this.#append = []
    return ready
  }

  /** The only voter wins every election: its own vote is the majority. */
  #elect(): void {
    this.#become('prospective')
    this.#become('candidate')
    // A new epoch even if this node led the last one: records of that epoch that were lost with the power could otherwise
    // be written again with other content at the same offset and epoch.
    this.#election = {
      epoch: this.epoch + 1,
      leaderId: this.#start.local.id,
      votedId: -1,
      votedDirectoryId: zeroUuid,
    }
    this.#persist = this.#election
    this.#become('leader')
    this.#epochStartOffset = this.#nextOffset
    this.propose(this.#startOfEpoch(), { isControl: true })
  }

  #startOfEpoch(): RaftRecord[] {
    const { local, kraftVersion, votersInLog } = this.#start
    const ids = this.#voters.map(voter => voter.id)
    const records = [leaderChange(local.id, ids, ids)]
    if (kraftVersion === 0) return records
    const changed = this.#voters.some(voter => voter.id === local.id && !sameVoter(voter, local))
    if (changed) this.#voters = this.#voters.map(voter => (voter.id === local.id ? local : voter))
    if (changed || !votersInLog) records.push(kRaftVersion(kraftVersion), kRaftVoters(this.#voters))
    return records
  }

  #flushed(endOffset: Offset): void {
    if (this.#role !== 'leader' || endOffset <= this.#epochStartOffset) return
    this.#highWatermark = Math.max(this.#highWatermark, endOffset)
  }

  #become(role: Role): void {
    if (!mayBecome(this.#role, role)) throw new Error(`a ${this.#role} cannot become ${role}`)
    this.#role = role
  }
}

function checkVoters({ local, localDirectoryId, voters, kraftVersion }: QuorumStart): void {
  if (kraftVersion > local.maxKraftVersion) {
    throw new QuorumError(
      `the quorum is at kraft.version ${kraftVersion}; ${local.maxKraftVersion} is the highest known`,
    )
  }
  if (!isVoter(voters, local.id, localDirectoryId)) {
    throw new QuorumError(
      `node ${local.id} with directory id ${localDirectoryId} is not one of the voters ${describe(voters)}: ` +
        'node.id or the metadata log directory is not the one that the quorum was formed with',
    )
  }
  if (voters.length > 1) {
    throw new QuorumError(
      `the quorum has ${voters.length} voters (${describe(voters)}); only a quorum of one is supported`,
    )
  }
}

const describe = (voters: VoterSet): string => voters.map(voter => `${voter.id}@${voter.directoryId}`).join(', ')
