// Which way the bytes of a connection leave: through the native addon when there is one, and through JavaScript otherwise.

import type { Socket } from 'node:net'
import { type NativeAddon, nativeAddon } from './native/addon.ts'
import { ColdReads } from './native/cold-reads.ts'
import { NativeSender } from './native/native-sender.ts'
import type { PartSender, SenderEvents } from './part-sender.ts'
import { SocketSender } from './socket-sender.ts'

export type MakeSender = (socket: Socket, events: SenderEvents) => PartSender

/** The machine's addon is loaded with the first connection. */
export function senderMaker(native?: NativeAddon | 'off'): MakeSender {
  if (native === 'off') return (socket, events) => new SocketSender(socket, events)
  const given = native && { addon: native, coldReads: new ColdReads(native.warm) }
  return (socket, events) => nativeSender(given ?? ofMachine(), socket, events) ?? new SocketSender(socket, events)
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

function nativeSender(native: Native | undefined, socket: Socket, events: SenderEvents): PartSender | undefined {
  const descriptor = descriptorOfSocket(socket)
  if (native === undefined || descriptor === undefined) return undefined
  try {
    return new NativeSender(descriptor, native.addon, native.coldReads, events)
  } catch {
    // Descriptors have run out: the other way needs none.
    return undefined
  }
}

/** Undefined where it has none. Node has no public name for it. */
export function descriptorOfSocket(socket: Socket): number | undefined {
  const { _handle: handle } = socket as unknown as { _handle: { fd?: number } | null }
  return handle?.fd !== undefined && handle.fd >= 0 ? handle.fd : undefined
}
