// Which way the bytes of a connection leave: through the native addon when there is one, and through JavaScript otherwise.

import type { Socket } from 'node:net'
import { type NativeAddon, nativeAddon } from './native/addon.ts'
import { ColdReads } from './native/cold-reads.ts'
import { NativeSender } from './native/native-sender.ts'
import type { PartSender, SenderEvents } from './part-sender.ts'
import { SocketSender } from './socket-sender.ts'

export type MakeSender = (socket: Socket, events: SenderEvents) => PartSender

let coldReads: ColdReads | undefined

/** The addon is loaded with the first connection. */
export function senderMaker(sending?: 'javascript'): MakeSender {
  if (sending === 'javascript') return (socket, events) => new SocketSender(socket, events)
  return (socket, events) => {
    const { addon } = nativeAddon()
    return (addon && nativeSender(addon, socket, events)) ?? new SocketSender(socket, events)
  }
}

/** Whether files leave without passing through the program, in words. */
export function zeroCopy(): string {
  const loaded = nativeAddon()
  return loaded.addon ? 'native addon (sendfile)' : `off (${loaded.reason})`
}

function nativeSender(addon: NativeAddon, socket: Socket, events: SenderEvents): PartSender | undefined {
  const descriptor = descriptorOfSocket(socket)
  if (descriptor === undefined) return undefined
  // One for the whole process, as is the pool it keeps from being used up.
  coldReads ??= new ColdReads(addon.warm)
  try {
    return new NativeSender(descriptor, addon, coldReads, events)
  } catch {
    // Descriptors have run out: the other way needs none.
    return undefined
  }
}

// Node has no public name for it.
function descriptorOfSocket(socket: Socket): number | undefined {
  const { _handle: handle } = socket as unknown as { _handle: { fd?: number } | null }
  return handle?.fd !== undefined && handle.fd >= 0 ? handle.fd : undefined
}
