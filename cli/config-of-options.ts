// The command line's options as a broker configuration.

import { readFileSync } from 'node:fs'
import { type BrokerConfig, brokerConfig } from '../broker/config/broker-config.ts'
import { ConfigError } from '../broker/config/config-error.ts'
import { developmentProfile } from '../broker/config/development-profile.ts'
import { parseProperties } from '../broker/config/properties.ts'

export interface StartOptions {
  readonly port?: string
  readonly data?: string
  readonly config?: string
  readonly set: readonly string[]
  /** Where metrics and health are shown: a port, or host and port. */
  readonly http?: string
  /** Where the schema registry listens: a port, host and port, or off. */
  readonly registry?: string
}

/** Throws a ConfigError that names the option, setting or file and what to do about it. */
export function configOfOptions(options: StartOptions): BrokerConfig {
  const overrides = new Map(options.set.map(parseAssignment))
  if (options.config === undefined) {
    const port = options.port === undefined ? undefined : parsePort(options.port)
    return brokerConfig({ profile: developmentProfile({ port, dataDir: options.data }), overrides })
  }
  if (options.port !== undefined) {
    throw new ConfigError([
      '--port goes without --config: the file has its listeners; use --set listeners=PLAINTEXT://HOST:PORT',
    ])
  }
  if (options.data !== undefined) overrides.set('log.dirs', options.data)
  return brokerConfig({ properties: parseProperties(readConfigFile(options.config)), overrides })
}

function readConfigFile(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new ConfigError([`--config ${path}: ${(error as Error).message}; give the path of a server.properties file`])
  }
}

function parsePort(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535 && text.trim() !== '') return port
  throw new ConfigError([`--port ${text}: a port is a whole number from 0 to 65535`])
}

function parseAssignment(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at > 0) return [text.slice(0, at).trim(), text.slice(at + 1).trim()]
  throw new ConfigError([`--set ${text}: a setting is given as name=value, such as --set num.partitions=3`])
}
