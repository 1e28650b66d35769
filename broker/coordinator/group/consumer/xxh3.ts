// XXH3 with 64 bits, seed 0: the hash by which Kafka notices that a topic has changed. Numbers are 64-bit bigints, wrapped
// after each step. Called when a topic or a subscription changes, never per record.
// Source: the XXH3 specification (doc/xxhash_spec.md of the xxHash project).

const secret = Buffer.from(
  'b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c' +
    '3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364ea' +
    'c5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e',
  'hex',
)
const prime32 = [0x9e3779b1n, 0x85ebca77n, 0xc2b2ae3dn] as const
const prime64 = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
] as const
const stripeBytes = 64
const stripesPerBlock = 16

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value)
const word = (bytes: Buffer, at: number): bigint => bytes.readBigUInt64LE(at)
const key = (at: number): bigint => secret.readBigUInt64LE(at)
const rotated = (value: bigint, bits: bigint): bigint => wrap(value << bits) | (value >> (64n - bits))

/** The hash as an unsigned number. */
export function xxh3(bytes: Buffer): bigint {
  const { length } = bytes
  if (length === 0) return finished64(key(56) ^ key(64))
  if (length <= 3) return hashUpTo3(bytes)
  if (length <= 8) return hashUpTo8(bytes)
  if (length <= 16) return hashUpTo16(bytes)
  if (length <= 128) return hashUpTo128(bytes)
  return length <= 240 ? hashUpTo240(bytes) : hashLong(bytes)
}

function hashUpTo3(bytes: Buffer): bigint {
  const { length } = bytes
  const combined = (bytes[0]! << 16) | (bytes[length >> 1]! << 24) | bytes[length - 1]! | (length << 8)
  return finished64(BigInt(combined >>> 0) ^ BigInt((secret.readUInt32LE(0) ^ secret.readUInt32LE(4)) >>> 0))
}

function hashUpTo8(bytes: Buffer): bigint {
  const { length } = bytes
  const both = BigInt(bytes.readUInt32LE(length - 4)) + (BigInt(bytes.readUInt32LE(0)) << 32n)
  let hash = both ^ key(8) ^ key(16)
  hash ^= rotated(hash, 49n) ^ rotated(hash, 24n)
  hash = wrap(hash * 0x9fb21c651e98df25n)
  hash ^= (hash >> 35n) + BigInt(length)
  hash = wrap(hash * 0x9fb21c651e98df25n)
  return hash ^ (hash >> 28n)
}

function hashUpTo16(bytes: Buffer): bigint {
  const { length } = bytes
  const low = word(bytes, 0) ^ key(24) ^ key(32)
  const high = word(bytes, length - 8) ^ key(40) ^ key(48)
  return finished(BigInt(length) + swapped(low) + high + folded(low, high))
}

function hashUpTo128(bytes: Buffer): bigint {
  const { length } = bytes
  let hash = BigInt(length) * prime64[0]
  // From the middle outwards: each step takes 16 bytes from the front and 16 from the end.
  for (let step = (length - 1) >> 5; step >= 0; step--) {
    hash += mixed(bytes, step * 16, step * 32) + mixed(bytes, length - step * 16 - 16, step * 32 + 16)
  }
  return finished(hash)
}

function hashUpTo240(bytes: Buffer): bigint {
  const { length } = bytes
  let hash = BigInt(length) * prime64[0]
  for (let at = 0; at < 128; at += 16) hash += mixed(bytes, at, at)
  hash = finished(hash)
  for (let at = 128; at + 16 <= length; at += 16) hash += mixed(bytes, at, at - 128 + 3)
  return finished(hash + mixed(bytes, length - 16, 136 - 17))
}

function hashLong(bytes: Buffer): bigint {
  const { length } = bytes
  const lanes = [prime32[2], ...prime64.slice(0, 4), prime32[1], prime64[4], prime32[0]]
  const stripeCount = Math.floor((length - 1) / stripeBytes)
  for (let stripe = 0; stripe < stripeCount; stripe++) {
    accumulate(lanes, bytes, stripe * stripeBytes, (stripe % stripesPerBlock) * 8)
    if ((stripe + 1) % stripesPerBlock === 0) scramble(lanes)
  }
  accumulate(lanes, bytes, length - stripeBytes, secret.length - stripeBytes - 7)
  let hash = BigInt(length) * prime64[0]
  for (let lane = 0; lane < 8; lane += 2) {
    hash += folded(lanes[lane]! ^ key(11 + lane * 8), lanes[lane + 1]! ^ key(19 + lane * 8))
  }
  return finished(hash)
}

function accumulate(lanes: bigint[], bytes: Buffer, at: number, keyAt: number): void {
  for (let lane = 0; lane < 8; lane++) {
    const data = word(bytes, at + lane * 8)
    const keyed = data ^ key(keyAt + lane * 8)
    lanes[lane ^ 1] = wrap(lanes[lane ^ 1]! + data)
    lanes[lane] = wrap(lanes[lane]! + (keyed & 0xffffffffn) * (keyed >> 32n))
  }
}

function scramble(lanes: bigint[]): void {
  for (const [lane, value] of lanes.entries()) {
    lanes[lane] = wrap((value ^ (value >> 47n) ^ key(128 + lane * 8)) * prime32[0])
  }
}

function mixed(bytes: Buffer, at: number, keyAt: number): bigint {
  return folded(word(bytes, at) ^ key(keyAt), word(bytes, at + 8) ^ key(keyAt + 8))
}

/** Both halves of the 128-bit product. */
function folded(one: bigint, other: bigint): bigint {
  const product = one * other
  return wrap(product) ^ (product >> 64n)
}

function swapped(value: bigint): bigint {
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeBigUInt64LE(value)
  return bytes.readBigUInt64BE()
}

function finished(value: bigint): bigint {
  let hash = wrap(value)
  hash ^= hash >> 37n
  hash = wrap(hash * 0x165667919e3779f9n)
  return hash ^ (hash >> 32n)
}

/** The end of the older XXH64, which the shortest inputs get. */
function finished64(value: bigint): bigint {
  let hash = value ^ (value >> 33n)
  hash = wrap(hash * prime64[1])
  hash ^= hash >> 29n
  hash = wrap(hash * prime64[2])
  return hash ^ (hash >> 32n)
}
