// A real Apache Kafka 4.3.0 cluster on loopback: three nodes (more or fewer when told), each broker and controller at once, with
// small heaps. Nodes can be stopped, killed, frozen, started again on their directories, restarted one after the other.
// Invariant: whatever was started ends with `stop()` or `kill()`, at the latest with this process; a frozen node, too.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.mjs'
import { newClusterId, startKafka } from './kafka-target.mjs'
import { kafkaJars } from './tools/java.mjs'

/** A quorum of three elects its first leader sooner than with Kafka's waits, which are made for networks. */
const quickQuorum = { 'controller.quorum.election.timeout.ms': 500, 'controller.quorum.fetch.timeout.ms': 1500 }

const replicated = count => ({
  'default.replication.factor': count,
  'min.insync.replicas': Math.min(2, count),
  'offsets.topic.replication.factor': count,
  'transaction.state.log.replication.factor': count,
  'transaction.state.log.min.isr': Math.min(2, count),
  'share.coordinator.state.topic.replication.factor': count,
  'share.coordinator.state.topic.min.isr': Math.min(2, count),
})

/** A node that is told to stop waits for the others to take over; that long at most. */
const stopMsMax = 60_000

class Node {
  #options
  #broker
  #isFrozen = false

  constructor(options) {
    this.#options = options
    this.nodeId = options.settings['node.id']
    this.port = options.port
  }

  get isRunning() {
    return this.#broker !== undefined
  }

  get pid() {
    return this.#broker?.pid
  }

  output() {
    return this.#broker?.output() ?? ''
  }

  async start() {
    this.#broker ??= await startKafka(this.#options)
  }

  /** SIGTERM: its partitions get other leaders first. */
  async stop() {
    this.thaw()
    const broker = this.#broker
    this.#broker = undefined
    if (!broker) return
    const timer = setTimeout(() => broker.kill(), stopMsMax)
    await broker.stop().finally(() => clearTimeout(timer))
  }

  /** SIGKILL. */
  async kill() {
    const broker = this.#broker
    this.#broker = undefined
    this.#isFrozen = false
    await broker?.kill()
  }

  /** SIGSTOP: it keeps its connections and says nothing. */
  freeze() {
    if (!this.#broker || this.#isFrozen) return
    process.kill(this.#broker.pid, 'SIGSTOP')
    this.#isFrozen = true
  }

  thaw() {
    if (!this.#broker || !this.#isFrozen) return
    process.kill(this.#broker.pid, 'SIGCONT')
    this.#isFrozen = false
  }
}

/**
 * Starts the cluster and resolves when each node answers. Options, all optional: `count` (3), `settings` (further
 * server.properties of each node), `settingsOf(id)` (of that node alone), `jars`, `heap` ('320M'), `startMsMax` (120,000).
 *
 * Resolves with `{ bootstrap, nodes, output(), rollingRestart(untilWell), stop(), kill() }`. A node has `nodeId`, `port`, `pid`,
 * `isRunning`, `start()`, `stop()`, `kill()`, `freeze()`, `thaw()`. `rollingRestart` stops and starts one node after the other;
 * `untilWell(node)` is awaited after each, since the next must not go before the replicas of this one have caught up.
 */
export async function startKafkaCluster(options = {}) {
  const { count = 3, heap = '320M', startMsMax = 120_000 } = options
  const jars = options.jars ?? (await kafkaJars())
  const folder = mkdtempSync(join(tmpdir(), 'millrace-kafka-cluster-'))
  const clusterId = newClusterId()
  const ids = Array.from({ length: count }, (_, index) => index + 1)
  const ports = await Promise.all(ids.flatMap(() => [freePort(), freePort()]))
  const voters = ids.map((id, index) => `${id}@127.0.0.1:${ports[2 * index + 1]}`).join(',')
  const nodes = ids.map((id, index) => {
    const [port, controllerPort] = ports.slice(2 * index)
    const own = { 'node.id': id, 'controller.quorum.voters': voters }
    const settings = { ...replicated(count), ...quickQuorum, ...options.settings, ...options.settingsOf?.(id), ...own }
    const dataDir = join(folder, `node-${id}`)
    return new Node({ jars, heap, startMsMax, clusterId, port, controllerPort, dataDir, settings })
  })
  const all = act => Promise.all(nodes.map(act))
  // By SIGKILL: the last voters would wait for a quorum to hand over to, and the directories go anyway.
  const stop = async () => {
    await all(node => node.kill())
    rmSync(folder, { recursive: true, force: true })
  }
  const cluster = {
    bootstrap: nodes.map(({ port }) => `127.0.0.1:${port}`).join(','),
    nodes,
    output: () => nodes.map(node => node.output()).join('\n'),
    stop,
    kill: stop,
    async rollingRestart(untilWell) {
      for (const node of nodes) {
        await node.stop()
        await node.start()
        await untilWell(node)
      }
    },
  }
  try {
    await all(node => node.start())
    return cluster
  } catch (cause) {
    await cluster.kill()
    throw cause
  }
}
