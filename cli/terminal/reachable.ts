// Whether anybody listens: a client would go on to try, and who types a command wants to know at once.

import type { Address } from '../../client/cluster/address.ts'
import { realNet } from '../../io/real-net.ts'
import { Failure } from './failure.ts'

const connectTimeoutMs = 5000

/** Throws a Failure with the reasons and the advice when nobody listens at any of the addresses. */
export async function checkReachable(addresses: readonly Address[], advice: string): Promise<void> {
  const attempts = addresses.map(address => realNet().connect({ ...address, timeoutMs: connectTimeoutMs }))
  const outcomes = await Promise.allSettled(attempts)
  for (const outcome of outcomes) {
    if (outcome.status !== 'fulfilled') continue
    outcome.value.listen({ data() {}, drain() {}, end() {}, close() {} })
    outcome.value.destroy()
  }
  if (outcomes.some(({ status }) => status === 'fulfilled')) return
  const reasons = outcomes.map(outcome => (outcome as PromiseRejectedResult).reason.message).join('; ')
  throw new Failure(`${reasons}\n${advice}`)
}
