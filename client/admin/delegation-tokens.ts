// Delegation tokens. Sources: CreateDelegationToken, RenewDelegationToken, ExpireDelegationToken, DescribeDelegationToken
// (KIP-48, KIP-373); Java's methods stand in brackets.

import { createDelegationToken } from '../../protocol/messages/create-delegation-token.ts'
import { describeDelegationToken } from '../../protocol/messages/describe-delegation-token.ts'
import { expireDelegationToken } from '../../protocol/messages/expire-delegation-token.ts'
import { renewDelegationToken } from '../../protocol/messages/renew-delegation-token.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import { ClientError } from '../client-error.ts'
import { check } from './answers.ts'
import type { CallOptions } from './call-options.ts'
import type { AdminCalls } from './calls.ts'

export interface DelegationToken {
  readonly tokenId: string
  readonly hmac: Buffer
  /** "User:alice". */
  readonly owner: string
  readonly requester: string
  readonly renewers: readonly string[]
  /** Milliseconds since 1970. */
  readonly issuedMs: Int64
  readonly expiresMs: Int64
  /** It cannot be renewed beyond. */
  readonly lastsUntilMs: Int64
}

export interface NewDelegationToken {
  /** Whoever asks, when left out. */
  readonly owner?: string
  readonly renewers?: readonly string[]
  /** As long as the brokers allow when left out. */
  readonly lifetimeMsMax?: number
}

const ownersSince = 3

export class DelegationTokenAdmin {
  readonly #calls: AdminCalls

  constructor(calls: AdminCalls) {
    this.#calls = calls
  }

  /** [createDelegationToken] */
  create(wanted: NewDelegationToken = {}, options: CallOptions = {}): Promise<DelegationToken> {
    const { owner, renewers = [], lifetimeMsMax = -1 } = wanted
    const [oldest, last] = createDelegationToken.versions
    const versions = [owner === undefined ? oldest : ownersSince, last] as const
    const of = owner === undefined ? { principalType: null, principalName: null } : parsed(owner)
    const body = {
      ownerPrincipalType: of.principalType,
      ownerPrincipalName: of.principalName,
      renewers: renewers.map(parsed),
      maxLifetimeMs: lifetimeMsMax,
    }
    return this.#calls.one(
      'create a delegation token',
      async (broker, attempt) => {
        const answer = await broker.request(
          createDelegationToken,
          version => (version >= ownersSince ? body : { renewers: body.renewers, maxLifetimeMs: lifetimeMsMax }),
          { ...attempt, versions },
        )
        check(answer.errorCode)
        const { issueTimestampMs, expiryTimestampMs, maxTimestampMs } = answer
        const times = {
          issueTimestamp: issueTimestampMs,
          expiryTimestamp: expiryTimestampMs,
          maxTimestamp: maxTimestampMs,
        }
        return tokenFrom({ ...answer, ...times, renewers: renewers.map(parsed) })
      },
      options,
    )
  }

  /** When it expires now, in milliseconds since 1970; for as long as the brokers say when no period is given. [renewDelegationToken] */
  renew(hmac: Uint8Array, options: CallOptions & { readonly periodMs?: number } = {}): Promise<Int64> {
    return this.#calls.one(
      'renew a delegation token',
      async (broker, attempt) => {
        const answer = await broker.request(
          renewDelegationToken,
          { hmac, renewPeriodMs: options.periodMs ?? -1 },
          attempt,
        )
        check(answer.errorCode)
        return answer.expiryTimestampMs
      },
      options,
    )
  }

  /** Ends it at once, or after a period. Answers when, in milliseconds since 1970. [expireDelegationToken] */
  expire(hmac: Uint8Array, options: CallOptions & { readonly afterMs?: number } = {}): Promise<Int64> {
    return this.#calls.one(
      'expire a delegation token',
      async (broker, attempt) => {
        const body = { hmac, expiryTimePeriodMs: options.afterMs ?? -1 }
        const answer = await broker.request(expireDelegationToken, body, attempt)
        check(answer.errorCode)
        return answer.expiryTimestampMs
      },
      options,
    )
  }

  /** Those of these owners, or all that may be seen. [describeDelegationToken] */
  describe(owners?: readonly string[], options: CallOptions = {}): Promise<DelegationToken[]> {
    return this.#calls.one(
      'describe delegation tokens',
      async (broker, attempt) => {
        const answer = await broker.request(describeDelegationToken, { owners: owners?.map(parsed) ?? null }, attempt)
        check(answer.errorCode)
        return answer.tokens.map(tokenFrom)
      },
      options,
    )
  }
}

interface Principal {
  readonly principalType: string
  readonly principalName: string
}

function parsed(principal: string): Principal {
  const at = principal.indexOf(':')
  if (at > 0) return { principalType: principal.slice(0, at), principalName: principal.slice(at + 1) }
  throw new ClientError('INVALID_ARGUMENT', `"${principal}" is not a principal`, { help: "give it as 'User:alice'" })
}

const textOf = ({ principalType, principalName }: Principal) => `${principalType}:${principalName}`

function tokenFrom(
  told: Principal & {
    readonly tokenId: string
    readonly hmac: Buffer
    readonly tokenRequesterPrincipalType: string
    readonly tokenRequesterPrincipalName: string
    readonly renewers: readonly Principal[]
    readonly issueTimestamp: Int64
    readonly expiryTimestamp: Int64
    readonly maxTimestamp: Int64
  },
): DelegationToken {
  const { tokenId, hmac, tokenRequesterPrincipalType, tokenRequesterPrincipalName } = told
  const requester = { principalType: tokenRequesterPrincipalType, principalName: tokenRequesterPrincipalName }
  return {
    tokenId,
    hmac,
    owner: textOf(told),
    requester: textOf(requester),
    renewers: told.renewers.map(textOf),
    issuedMs: told.issueTimestamp,
    expiresMs: told.expiryTimestamp,
    lastsUntilMs: told.maxTimestamp,
  }
}
