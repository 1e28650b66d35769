// SCRAM credentials of users. The password never leaves this process: what is sent is what it hashes to. Sources:
// DescribeUserScramCredentials, AlterUserScramCredentials (KIP-554), RFC 5802; Java's methods stand in brackets.

import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import { alterUserScramCredentials } from '../../protocol/messages/alter-user-scram-credentials.ts'
import { describeUserScramCredentials } from '../../protocol/messages/describe-user-scram-credentials.ts'
import { ClientError } from '../client-error.ts'
import { check, failure, keyed, only } from './answers.ts'
import type { CallOptions } from './call-options.ts'
import type { AdminCalls } from './calls.ts'
import { Outcomes } from './outcomes.ts'
import { controllerRoute } from './routing/controller-route.ts'

export type ScramMechanism = 'SCRAM-SHA-256' | 'SCRAM-SHA-512'

export interface ScramCredential {
  readonly mechanism: ScramMechanism
  readonly iterations: number
}

/** A credential to be set, or, without a password, to be removed. */
export interface ScramChange {
  readonly user: string
  readonly mechanism: ScramMechanism
  readonly password?: string | Uint8Array
  /** 4096, the fewest that brokers take, when left out. */
  readonly iterations?: number
  /** Random when left out. */
  readonly salt?: Uint8Array
}

const mechanisms: Readonly<Record<ScramMechanism, { code: number; hash: string; bytes: number }>> = {
  'SCRAM-SHA-256': { code: 1, hash: 'sha256', bytes: 32 },
  'SCRAM-SHA-512': { code: 2, hash: 'sha512', bytes: 64 },
}
const iterationsStandard = 4096
const saltBytes = 26
const salted = promisify(pbkdf2)

export class ScramAdmin {
  readonly #calls: AdminCalls

  constructor(calls: AdminCalls) {
    this.#calls = calls
  }

  /** The credentials of each user, by name: of those given (RESOURCE_NOT_FOUND for one without), or of all. [describeUserScramCredentials] */
  async describe(
    users?: readonly string[],
    options: CallOptions = {},
  ): Promise<Outcomes<string, readonly ScramCredential[]>> {
    return this.#calls.one(
      'describe SCRAM credentials',
      async (broker, attempt) => {
        const body = { users: users?.map(name => ({ name })) ?? null }
        const answer = await broker.request(describeUserScramCredentials, body, attempt)
        check(answer.errorCode, {}, answer.errorMessage)
        return new Outcomes(
          answer.results.map(({ user, errorCode, errorMessage, credentialInfos }) => {
            return [user, failure(errorCode, {}, errorMessage) ?? credentialInfos.flatMap(credentialFrom)]
          }),
        )
      },
      options,
    )
  }

  /** Sets or removes a credential. [alterUserScramCredentials] */
  async alter(change: ScramChange, options: CallOptions = {}): Promise<void> {
    only(await this.alterAll([change], options))
  }

  /** The outcome of each, by "alice SCRAM-SHA-256". [alterUserScramCredentials] */
  async alterAll(changes: Iterable<ScramChange>, options: CallOptions = {}): Promise<Outcomes<string, void>> {
    const items = keyed(changes, changeKey)
    const upsertions = new Map<string, Awaited<ReturnType<typeof upsertion>>>()
    for (const [key, change] of items) {
      if (change.password !== undefined) upsertions.set(key, await upsertion(change, change.password, this.#salt()))
    }
    return this.#calls.run(
      {
        what: 'alter SCRAM credentials',
        items,
        route: controllerRoute(this.#calls.cluster),
        ask: async (broker, some, attempt) => {
          const body = {
            deletions: [...some.values()].filter(({ password }) => password === undefined).map(onWire),
            upsertions: [...some.keys()].flatMap(key => upsertions.get(key) ?? []),
          }
          const { results } = await broker.request(alterUserScramCredentials, body, attempt)
          const byUser = new Map(results.map(result => [result.user, result]))
          const told = [...some].filter(([, { user }]) => byUser.has(user))
          return new Map(
            told.map(([key, { user }]) => {
              const { errorCode, errorMessage } = byUser.get(user)!
              return [key, failure(errorCode, {}, errorMessage)]
            }),
          )
        },
      },
      options,
    )
  }

  #salt(): Buffer {
    return this.#calls.cluster.world.random.bytes(saltBytes)
  }
}

function changeKey({ user, mechanism }: ScramChange): string {
  return `${user} ${mechanism}`
}

function known(mechanism: ScramMechanism) {
  const found = mechanisms[mechanism]
  if (found !== undefined) return found
  const help = `it is one of ${Object.keys(mechanisms).join(', ')}`
  throw new ClientError('INVALID_ARGUMENT', `the mechanism ${mechanism} does not exist`, { help })
}

function onWire({ user: name, mechanism }: ScramChange) {
  return { name, mechanism: known(mechanism).code }
}

async function upsertion(change: ScramChange, password: string | Uint8Array, randomSalt: Buffer) {
  const { iterations = iterationsStandard, salt = randomSalt } = change
  const { hash, bytes } = known(change.mechanism)
  const saltedPassword = await salted(password, salt, iterations, bytes, hash)
  return { ...onWire(change), iterations, salt, saltedPassword }
}

function credentialFrom({ mechanism: code, iterations }: { mechanism: number; iterations: number }): ScramCredential[] {
  const names = Object.keys(mechanisms) as ScramMechanism[]
  return names.filter(name => mechanisms[name].code === code).map(mechanism => ({ mechanism, iterations }))
}
