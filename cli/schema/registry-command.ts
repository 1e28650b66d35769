// A command that talks to a schema registry: the options that all of them have, and how it runs.

import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import type { Address } from '../../client/cluster/address.ts'
import { RegistryClient } from '../../schema-registry/registry-client/registry-client.ts'
import {
  parseAddresses,
  type RegistryAddress,
  type RegistryAuth,
  type RegistryOptions,
} from '../../schema-registry/registry-client/registry-options.ts'
import { parseDuration } from '../arguments/duration.ts'
import { examplesText, outputOptions, running } from '../terminal/cluster-command.ts'
import { usage } from '../terminal/failure.ts'
import { checkReachable } from '../terminal/reachable.ts'
import type { ClusterFlags, Session } from '../terminal/session.ts'
import { fetchTrusting } from './fetch-trusting.ts'

export const registryStandard = 'http://127.0.0.1:8081'

/** What every command that talks to a registry can be told. */
export interface RegistryFlags {
  readonly registry: string
  readonly registryUser?: string
  readonly registryToken?: string
  readonly registryCa?: string
  readonly timeout: string
}

/** Of commands that ask a registry besides a cluster, too. */
export function registryOptions(): Option[] {
  return [
    new Option('-r, --registry <url,...>', 'the schema registry').env('MILLRACE_REGISTRY').default(registryStandard),
    new Option('--registry-user <name:password>', 'who asks it').env('MILLRACE_REGISTRY_USER'),
    new Option('--registry-token <token>', 'who asks it, by a bearer token').env('MILLRACE_REGISTRY_TOKEN'),
    new Option('--registry-ca <file>', 'trust the certificates of this file (PEM)').env('MILLRACE_REGISTRY_CA'),
  ]
}

/** The command itself, with the options of all that talk to a registry; examples are whole command lines. */
export function registryCommand(
  parent: Command,
  usageText: string,
  description: string,
  examples: readonly string[],
): Command {
  const command = parent.command(usageText).description(description)
  for (const option of [...registryOptions(), ...outputOptions()])
    command.addOption(option.helpGroup('Registry and output:'))
  return command.addHelpText('after', examplesText(examples))
}

type Run<Arguments extends unknown[], Flags> = (
  session: Session,
  registry: RegistryClient,
  flags: Flags & RegistryFlags,
  ...args: Arguments
) => Promise<void>

/** What commander calls, as `running`, with a client of the registry. */
export function askingRegistry<Arguments extends unknown[], Flags>(run: Run<Arguments, Flags>) {
  return running(async (session: Session, flags: Flags & RegistryFlags & ClusterFlags, ...args: Arguments) => {
    const options = await registryClientOptions(flags)
    const registry = new RegistryClient(options)
    try {
      await run(session, registry, flags, ...args)
    } finally {
      registry.close()
    }
  })
}

const startAdvice =
  'Start one with `millrace start` or `millrace registry`, or name it with --registry URL or MILLRACE_REGISTRY.'

/** Throws a Failure for what is typed wrongly, and when nobody listens at any of the addresses. */
export async function registryClientOptions(flags: RegistryFlags): Promise<RegistryOptions> {
  const { registry: url, registryCa, timeout } = flags
  await checkReachable(parseAddresses(url).map(listening), startAdvice)
  const timeoutMs = parseDuration(timeout, '--timeout')
  const world = registryCa === undefined ? {} : { fetch: fetchTrusting(certificates(registryCa)) }
  return { url, auth: authOf(flags), timeoutMs, world }
}

function listening({ url }: RegistryAddress): Address {
  const { protocol, hostname, port } = new URL(url)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  return { host, port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) }
}

function authOf({ registryUser, registryToken }: RegistryFlags): RegistryAuth | undefined {
  if (registryToken !== undefined) return { bearer: registryToken }
  if (registryUser === undefined) return undefined
  const at = registryUser.indexOf(':')
  if (at <= 0) throw usage('--registry-user: give name:password, or MILLRACE_REGISTRY_USER, which nobody else sees')
  return { username: registryUser.slice(0, at), password: registryUser.slice(at + 1) }
}

function certificates(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw usage(`--registry-ca ${path}: ${(error as Error).message}; give the path of a file with certificates in PEM`)
  }
}
