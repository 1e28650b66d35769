// From directories to a quorum that is about to be led: identity, formatting of what is fresh, replay, voters.
// A start that was interrupted anywhere is taken up by the next one: what is missing is written then.

import type { World } from '../../io/world.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { type LogConfig, logConfigOf } from '../config/log-config.ts'
import { decodeElectionState, type ElectionState, encodeElectionState, noElection } from '../raft/election-state.ts'
import { Quorum } from '../raft/quorum.ts'
import { staticVoters, supportedKraftVersions, type Voter, type VoterSet } from '../raft/voter-set.ts'
import {
  checkMetadataVersion,
  features,
  kraftVersionFeature,
  metadataVersionFeature,
  unimplementedFeatures,
} from './feature-levels.ts'
import { ReplayedImage } from './image/replayed-image.ts'
import type { RecordInput } from './metadata-record.ts'
import {
  bootstrapRecords,
  encodeBootstrap,
  readBootstrap,
  writeBootstrap,
  writeFirstSnapshot,
} from './storage/format.ts'
import { identify } from './storage/identity.ts'
import type { MetadataLog } from './storage/metadata-log.ts'
import type { MetadataStorage } from './storage/metadata-storage.ts'
import { type Replayed, replay } from './storage/replay.ts'
import type { QuorumFacts } from './storage/snapshot.ts'
import { listSnapshots, type SnapshotFile } from './storage/snapshot-files.ts'

export interface StartOptions {
  readonly world: World
  readonly config: BrokerConfig
  readonly storage: MetadataStorage
}

/** A quorum that has read all there is and has not yet begun to lead. */
export interface StartedQuorum {
  readonly clusterId: string
  readonly quorum: Quorum
  readonly log: MetadataLog
  readonly image: ReplayedImage
  readonly replayed: Replayed
  readonly snapshots: readonly SnapshotFile[]
  /** Where the log's segments and the snapshots are. */
  readonly directory: string
  readonly bootstrap: readonly RecordInput[]
  readonly kraftVersion: number
  readonly writeElectionState: (state: ElectionState) => Promise<void>
}

export async function startQuorum(options: StartOptions): Promise<StartedQuorum> {
  const { world, config, storage } = options
  const identity = identify(storage.metaProperties, config.nodeId, world.random)
  await storage.format({ clusterId: identity.clusterId, nodeId: config.nodeId })
  const [bootstrap, { log, directory }] = await Promise.all([
    formatBootstrap(options),
    storage.openLog(metadataLogConfig(config)),
  ])
  const local = localVoter(options)
  const { election, voterIds } = await readElectionState(options, directory)
  const snapshots = await listSnapshots(world.disk, directory)
  const isFresh = snapshots.length === 0 && log.endOffset === 0 && election === noElection
  const image = new ReplayedImage(identity.clusterId, { recordsDelta: true })
  // A directory that was never led is formatted as a dynamic quorum of this node; otherwise only the log knows.
  const fresh: QuorumFacts = { kraftVersion: features[kraftVersionFeature]!.formatted, voters: [local] }
  const before = isFresh ? fresh : { kraftVersion: 0, voters: undefined }
  const replayed = await replay({ image, log, disk: world.disk, directory, snapshots, before, logger: world.logger })
  checkImage(options, image)
  const { kraftVersion } = replayed.quorum
  const quorum = new Quorum({
    local,
    localDirectoryId: local.directoryId,
    voters: replayed.quorum.voters ?? votersOfSettings(config, voterIds),
    kraftVersion,
    votersInLog: replayed.votersInLog,
    election,
    logEndOffset: replayed.logEndOffset,
    lastEpoch: replayed.lastEpoch,
  })
  // The first snapshot and the election state go to the disk together; the log is not begun before both are there.
  const formatted = isFresh ? writeFirstSnapshot(world.disk, directory, fresh, world.clock) : undefined
  const writeElectionState = async (state: ElectionState): Promise<void> => {
    const voters = quorum.voters.map(voter => voter.id)
    const content = encodeElectionState(state, kraftVersion, voters)
    await Promise.all([formatted, world.disk.replaceFile(`${directory}/${quorumStateName}`, content)])
  }
  const { clusterId } = identity
  // Its size is next to nothing and not yet known.
  const first = isFresh ? [{ offset: 0, epoch: 0, sizeBytes: 0 }] : []
  return {
    clusterId,
    quorum,
    log,
    image,
    replayed,
    snapshots: [...first, ...snapshots],
    directory,
    bootstrap,
    kraftVersion,
    writeElectionState,
  }
}

const quorumStateName = 'quorum-state'

function segmentBytes(config: BrokerConfig): number {
  return config.int('internal.metadata.log.segment.bytes') ?? config.int('metadata.log.segment.bytes')
}

/** The largest batch of metadata records, in bytes: it must fit into a segment. */
export function batchBytesMax(config: BrokerConfig): number {
  return Math.min(config.int('internal.metadata.max.batch.size.in.bytes'), segmentBytes(config))
}

function metadataLogConfig(config: BrokerConfig): LogConfig {
  return {
    ...logConfigOf(config, new Map()),
    segmentBytes: segmentBytes(config),
    segmentMs: config.limit('metadata.log.segment.ms'),
    segmentJitterMs: 0,
    maxMessageBytes: config.int('internal.metadata.max.batch.size.in.bytes'),
    // Segments go when a snapshot stands for them, never by their own age or size.
    retentionBytes: -1,
    retentionMs: -1,
    cleanupPolicy: { compact: false, delete: true },
    // Flushed when records are waited for, and only then.
    flushMessages: Number.POSITIVE_INFINITY,
    flushMs: Number.POSITIVE_INFINITY,
    compressionType: 'producer',
    messageTimestampType: 'CreateTime',
    messageTimestampBeforeMaxMs: Number.POSITIVE_INFINITY,
    messageTimestampAfterMaxMs: Number.POSITIVE_INFINITY,
    minInsyncReplicas: 1,
  }
}

/** Reads bootstrap.checkpoint of the metadata directory, and writes it into every directory that lacks it. */
async function formatBootstrap({ world, config, storage }: StartOptions): Promise<readonly RecordInput[]> {
  const { disk } = world
  const metadataPath = metadataDirectoryOf({ config, storage }, disk.resolve).path
  const found = (await readBootstrap(disk, metadataPath)) ?? bootstrapRecords()
  const content = encodeBootstrap(found, world.clock)
  const online = storage.directories.filter(directory => directory.isOnline)
  await Promise.all(
    online.map(async ({ path }) => {
      if (!(await disk.stat(`${path}/bootstrap.checkpoint`))) await writeBootstrap(disk, path, content)
    }),
  )
  return found
}

function metadataDirectoryOf(
  { config, storage }: Pick<StartOptions, 'config' | 'storage'>,
  resolve: (path: string) => string,
): MetadataStorage['directories'][number] {
  const wanted = resolve(config.metadataLogDir)
  const found = storage.directories.find(({ path }) => resolve(path) === wanted)
  if (!found?.isOnline)
    throw new Error(`the metadata directory ${wanted} is not online: without it nothing can be decided`)
  return found
}

/** This node as a voter: its controller listeners, as the others would reach them. */
function localVoter({ world, config, storage }: StartOptions): Voter {
  const advertised = config.allAdvertisedListeners
  const endpoints = config.controllerListeners.map(({ listener, host, port }) => {
    const known = advertised.find(endpoint => endpoint.listener === listener)
    return { name: listener, host: known?.host ?? host ?? '127.0.0.1', port: known?.port ?? port }
  })
  return {
    id: config.nodeId,
    directoryId: metadataDirectoryOf({ config, storage }, world.disk.resolve).directoryId!,
    endpoints,
    minKraftVersion: supportedKraftVersions.min,
    maxKraftVersion: supportedKraftVersions.max,
  }
}

async function readElectionState(
  { world }: StartOptions,
  directory: string,
): Promise<{ election: ElectionState; voterIds: readonly number[] }> {
  const path = `${directory}/${quorumStateName}`
  if (!(await world.disk.stat(path))) return { election: noElection, voterIds: [] }
  const content = await world.disk.readFile(path)
  const { currentVoters } = JSON.parse(content.toString('utf8')) as { currentVoters?: { voterId: number }[] | null }
  return { election: decodeElectionState(content), voterIds: (currentVoters ?? []).map(({ voterId }) => voterId) }
}

/** With kraft.version 0 the settings name the voters; without them, whoever voted last. */
function votersOfSettings(config: BrokerConfig, lastVoterIds: readonly number[]): VoterSet {
  const named = [...config.quorumVoters.values()].map(({ id, host, port }) => {
    const name = config.controllerListeners[0]?.listener ?? 'CONTROLLER'
    return { id, endpoints: [{ name, host, port }] }
  })
  return staticVoters(named.length > 0 ? named : lastVoterIds.map(id => ({ id, endpoints: [] })))
}

/** Refuses a cluster that this version would misread, and names what it keeps without understanding it. */
function checkImage({ world }: StartOptions, image: ReplayedImage): void {
  const level = image.features.get(metadataVersionFeature)
  if (level !== undefined) checkMetadataVersion(level)
  const levels = unimplementedFeatures(image.features)
  const kept = image.kept.summary()
  if (levels.length === 0 && kept.length === 0) return
  const featureTexts = levels.map(([name, featureLevel]) => `${name}=${featureLevel}`)
  const keptTexts = kept.map(({ name, count }) => `${count} ${name}`)
  world.logger.warn(
    { features: featureTexts, records: keptTexts },
    `the metadata holds what this version does not implement; it is kept as it is and not acted upon: ${[...featureTexts, ...keptTexts].join(', ')}`,
  )
}
