// The channels of node:diagnostics_channel through which the client says what happens. Nobody subscribed: a message is not made,
// and telling costs one look at `hasSubscribers`; whoever publishes looks there first.
//
//   import { onChannel } from 'millrace/client'
//   const stop = onChannel('millrace:client:retry', ({ what, failures, error }) => console.warn(what, failures, error.message))

import { channel, subscribe, type TracingChannel, tracingChannel, unsubscribe } from 'node:diagnostics_channel'
import type { ChannelName, ClientMessages, ProcessMessage } from './messages.ts'

/** A channel of Node's whose messages have a type. */
export interface ClientChannel<Message> {
  readonly hasSubscribers: boolean
  publish(message: Message): void
}

function typed<Name extends ChannelName>(name: Name): ClientChannel<ClientMessages[Name]> {
  return channel(name) as ClientChannel<ClientMessages[Name]>
}

/** Held here: Node itself forgets a channel that nobody holds. */
export const channels = {
  clientOpened: typed('millrace:client:opened'),
  clientClosed: typed('millrace:client:closed'),
  connectionOpened: typed('millrace:client:connection:opened'),
  connectionClosed: typed('millrace:client:connection:closed'),
  connectionFailed: typed('millrace:client:connection:failed'),
  requestSent: typed('millrace:client:request:sent'),
  requestAnswered: typed('millrace:client:request:answered'),
  retry: typed('millrace:client:retry'),
  breakerOpened: typed('millrace:client:breaker:opened'),
  breakerClosed: typed('millrace:client:breaker:closed'),
  producerBatchSent: typed('millrace:client:producer:batch:sent'),
  producerBatchAcked: typed('millrace:client:producer:batch:acked'),
  producerBatchFailed: typed('millrace:client:producer:batch:failed'),
  consumerBatchDelivered: typed('millrace:client:consumer:batch:delivered'),
  consumerBatchProcessed: typed('millrace:client:consumer:batch:processed'),
  consumerCommit: typed('millrace:client:consumer:commit'),
  consumerRebalance: typed('millrace:client:consumer:rebalance'),
  consumerLag: typed('millrace:client:consumer:lag'),
  consumerStall: typed('millrace:client:consumer:stall'),
  consumerHedged: typed('millrace:client:consumer:hedged'),
  consumerReset: typed('millrace:client:consumer:reset'),
  consumerTruncated: typed('millrace:client:consumer:truncated'),
  consumerSkipped: typed('millrace:client:consumer:skipped'),
  consumerPoison: typed('millrace:client:consumer:poison'),
  consumerCommitFailed: typed('millrace:client:consumer:commitFailed'),
} as const

/**
 * Each call of a handler of `consumer.run()`, from its start to the end of its promise. Node calls the channels behind it
 * `tracing:millrace:client:consumer:process:start` and so on; `start.bindStore` gives handlers an AsyncLocalStorage's store.
 */
export const processing = tracingChannel('millrace:client:consumer:process') as TracingChannel<unknown, ProcessMessage>

/** Calls `listener` with each message of the channel, of every client in the process. Answers how to stop that. */
export function onChannel<Name extends ChannelName>(
  name: Name,
  listener: (message: ClientMessages[Name]) => void,
): () => void {
  const onMessage = (message: unknown) => listener(message as ClientMessages[Name])
  subscribe(name, onMessage)
  return () => void unsubscribe(name, onMessage)
}
