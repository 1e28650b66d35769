// Which way the bytes of a connection come and leave: through the native addon when there is one, and through Node's streams
// otherwise. A transport is made before its socket has begun to read.

import type { Socket } from 'node:net'
import { type NativeAddon, type NativeChannel, nativeAddon } from './native/addon.ts'
import { ColdReads } from './native/cold-reads.ts'
import { NativeReceiver } from './native/native-receiver.ts'
import { NativeSender } from './native/native-sender.ts'
import type { PartSender, SenderEvents } from './part-sender.ts'
import type { Receiver, ReceiverEvents } from './receiver.ts'
import { receivingIntoShared } from './shared-receive.ts'
import { SocketReceiver } from './socket-receiver.ts'
import { SocketSender } from './socket-sender.ts'

/** The two ways of one connection. */
export interface Transport {
  readonly socket: Socket
  readonly sender: PartSender
  readonly receiver: Receiver
  /** Lets go of what is the transport's own; the socket is closed apart. Can be called again. */
  close(): void
}

/** Of a socket that is connected and does not read yet. */
export type OpenTransport = (socket: Socket, events: TransportEvents) => Transport

export type TransportEvents = SenderEvents & ReceiverEvents

/** The machine's addon is loaded with the first connection. */
export function transportOpener(native?: NativeAddon | 'off'): OpenTransport {
  if (native === 'off') return socketTransport
  const given = native && { addon: native, coldReads: new ColdReads(native.warm) }
  return (socket, events) => nativeTransport(given ?? ofMachine(), socket, events) ?? socketTransport(socket, events)
}

/** Whether files leave without passing through the program, in words. */
export function zeroCopy(): string {
  const loaded = nativeAddon()
  return loaded.addon ? 'native addon (sendfile)' : `off (${loaded.reason})`
}

interface Native {
  readonly addon: NativeAddon
  readonly coldReads: ColdReads
}

let machine: Native | undefined

// The cold reads are counted for the whole process, as is the pool that they must not use up.
function ofMachine(): Native | undefined {
  const { addon } = nativeAddon()
  if (addon) machine ??= { addon, coldReads: new ColdReads(addon.warm) }
  return machine
}

/** For sockets that must not be taken apart, as those of TLS: Node's reads and writes as they are. */
export function streamTransport(socket: Socket, events: TransportEvents): Transport {
  return transportOf(socket, events)
}

function socketTransport(connected: Socket, events: TransportEvents): Transport {
  return transportOf(receivingIntoShared(connected), events)
}

function transportOf(socket: Socket, events: TransportEvents): Transport {
  const sender = new SocketSender(socket, events)
  const receiver = new SocketReceiver(socket, events)
  return { socket, sender, receiver, close: () => closeBoth(sender, receiver) }
}

function nativeTransport(native: Native | undefined, socket: Socket, events: TransportEvents): Transport | undefined {
  const descriptor = descriptorOfSocket(socket)
  if (native === undefined || descriptor === undefined) return undefined
  const { addon, coldReads } = native
  let channel: NativeChannel
  try {
    channel = new addon.Channel(
      descriptor,
      () => sender.proceed(),
      () => receiver.receive(),
    )
  } catch {
    // Descriptors have run out: the other way needs none.
    return undefined
  }
  const sender = new NativeSender(channel, addon, coldReads, events)
  const receiver = new NativeReceiver(channel, events, () => socket.destroy())
  const close = () => {
    closeBoth(sender, receiver)
    channel.close()
  }
  return { socket, sender, receiver, close }
}

function closeBoth(sender: PartSender, receiver: Receiver): void {
  sender.close()
  receiver.close()
}

/** Undefined where it has none. Node has no public name for it. */
export function descriptorOfSocket(socket: Socket): number | undefined {
  const { _handle: handle } = socket as unknown as { _handle: { fd?: number } | null }
  return handle?.fd !== undefined && handle.fd >= 0 ? handle.fd : undefined
}
