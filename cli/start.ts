// `millrace start`: a broker that runs until it is told to stop. Standard output is for people: what was found, what was
// assumed, one line starting with `ready`, and how to stop. The log goes to standard error.

import { existsSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { Broker } from '../broker/broker.ts'
import type { BrokerConfig } from '../broker/config/broker-config.ts'
import { realWorld } from '../io/real-world.ts'
import { zeroCopy } from '../io/transport.ts'
import type { World } from '../io/world.ts'
import { configOfOptions, type StartOptions } from './config-of-options.ts'
import { explain } from './explain.ts'
import { type HttpAddress, httpAddressOf } from './http/http-address.ts'
import type { Observation } from './http/observe.ts'
import { reachable } from './http/reachable.ts'
import { logLevel, stderrLogger } from './logger.ts'
import { registryAddressOf } from './registry/registry-address.ts'
import type { StartedRegistry } from './registry/registry-beside.ts'
import { version } from './version.ts'

export async function start(options: StartOptions): Promise<void> {
  try {
    const config = configOfOptions(options)
    const listen = registryAddressOf(options)
    const isNew = config.logDirs.every(directory => !existsSync(directory))
    const world = realWorld({ logger: stderrLogger(logLevel(options.config === undefined ? 'warn' : 'info')) })
    announce(config, options)
    const observation = await observationAt(options.http)
    const broker = await Broker.start({ world, config, onFatal: stopFailed })
    observation?.show(broker)
    const registry = listen && (await registryBeside(broker, listen, world, options))
    stopOnSignals(broker, registry)
    printReady({ broker, registry, config, isNew })
    if (observation !== undefined) printPages(observation)
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`)
    process.exit(1)
  }
}

/** Loaded only where it is asked for: a start without it does not pay for it. */
async function observationAt(address: string | undefined): Promise<Observation | undefined> {
  if (address === undefined) return undefined
  const at = httpAddressOf(address)
  return (await import('./http/observe.ts')).observe(at)
}

/** Loaded only now: clients of the broker do not wait for it. That it cannot start is said, and the broker goes on. */
async function registryBeside(broker: Broker, listen: HttpAddress, world: World, { config }: StartOptions) {
  const { startRegistry } = await import('./registry/registry-beside.ts')
  return startRegistry({ broker, listen, world, isDevelopment: config === undefined })
}

function printPages({ address }: Observation): void {
  const base = `http://${reachable(address.host)}:${address.port}`
  console.log(`       metrics ${base}/metrics  health ${base}/health`)
}

function announce(config: BrokerConfig, options: StartOptions): void {
  console.log(`millrace ${version()}  node ${process.versions.node}`)
  if (options.config === undefined) {
    console.log('development profile: one node, loopback only, replication factors 1, process.roles=broker,controller')
    console.log("  (millrace start --config server.properties takes a Kafka broker's file)")
  }
  for (const warning of config.warnings) process.stderr.write(`warning: ${warning}\n`)
}

interface Ready {
  readonly broker: Broker
  readonly registry: StartedRegistry | undefined
  readonly config: BrokerConfig
  readonly isNew: boolean
}

function printReady({ broker, registry, config, isNew }: Ready): void {
  const directories = config.logDirs.map(shown).join(', ')
  const note = isNew ? `new, formatted as cluster ${broker.clusterId}` : `cluster ${broker.clusterId}`
  console.log(`data ${directories} (${note})`)
  console.log(`zero-copy: ${zeroCopy()}`)
  const addresses = broker.addresses.map(({ host, port }) => `${reachable(host)}:${port}`)
  const beside = registry === undefined ? '' : `  registry ${registry.url}`
  console.log(`ready  broker ${addresses.join(', ')}${beside}  (${process.uptime().toFixed(2)} s)`)
  const where = addresses[0] === '127.0.0.1:9092' ? '' : ` --bootstrap ${addresses[0]}`
  console.log(`       try: npx millrace produce hello${where}    stop: Ctrl-C`)
}

/** The shorter of the relative and the absolute form. */
function shown(directory: string): string {
  const short = relative('', directory)
  return short.startsWith('..') ? resolve(directory) : `./${short}`
}

/** The first SIGTERM or SIGINT stops cleanly, the second one at once. */
function stopOnSignals(broker: Broker, registry: StartedRegistry | undefined): void {
  let stopping = false
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(signal === 'SIGINT' ? 130 : 143)
    stopping = true
    console.log(`stopping cleanly (${signal}); again stops at once`)
    const stopped = registry === undefined ? broker.stop() : registry.close().then(() => broker.stop())
    stopped.then(
      () => process.exit(0),
      error => {
        process.stderr.write(`${explain(error)}\n`)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

/** The broker cannot go on, such as when its last disk failed: what is on disk stays as it is, and we fall silent. */
function stopFailed(error: Error): void {
  process.stderr.write(`${explain(error)}\n`)
  process.exit(1)
}
