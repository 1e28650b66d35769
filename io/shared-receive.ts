// One buffer that all sockets of the process receive into, in place of a new one for each read.
//
// Node makes 64 KiB for every read. At hundreds of megabytes a second that is a collection of garbage several times a second.
// Invariant: a chunk is looked at only while it is handed over. Reads and their callbacks happen one after the other on the
// event loop, so no two sockets are in the buffer at once.
//
// `onread` is Node's documented way to receive into a buffer of one's own, but servers do not offer it for what they accept.
// So the handle is put into a socket that has it, as Node's own cluster module does. A Node whose handles cannot do that is served by its
// ordinary reads.

import { Socket, type SocketConstructorOpts } from 'node:net'

/** One read takes this much at most: a request with a batch of the usual size, in few reads. */
const receiveBytes = 256 * 1024
const shared = Buffer.allocUnsafeSlow(receiveBytes)

interface OnRead {
  readonly buffer: Uint8Array
  callback(bytes: number, buffer: Uint8Array): boolean
}

interface Handle {
  useUserBuffer?: unknown
}

/** The same connection as a socket that receives into the shared buffer. The one given must not have begun to read. */
export function receivingIntoShared(connected: Socket): Socket {
  const owner = connected as unknown as { _handle: Handle | null }
  const handle = owner._handle
  if (typeof handle?.useUserBuffer !== 'function') return connected
  owner._handle = null
  const callback = (bytes: number) => {
    receiver.emit('data', shared.subarray(0, bytes))
    return true
  }
  const onread: OnRead = { buffer: shared, callback }
  const options = { handle, onread, allowHalfOpen: true, readable: true, writable: true }
  const receiver = new Socket(options as SocketConstructorOpts)
  return receiver
}
