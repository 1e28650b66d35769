// A task for the contract of Workers, in JavaScript so that any thread of any runtime can load it.
export default async function task({ say, sleepMs, fail, exit, bytes, shared }) {
  if (fail) throw new RangeError(fail)
  if (exit) process.exit(exit)
  if (sleepMs) await new Promise(resolve => setTimeout(resolve, sleepMs))
  if (bytes) return { length: bytes.byteLength, sum: new Uint8Array(bytes).reduce((sum, byte) => sum + byte, 0) }
  if (shared) {
    shared[1] = shared[0] + 1
    return { read: shared[0] }
  }
  return { said: say, map: new Map([[1n, new Date(0)]]) }
}
