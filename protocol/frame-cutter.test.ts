import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FrameCutter } from './frame-cutter.ts'
import { DecodeError } from './wire/decode-error.ts'

function framed(...bodies: Buffer[]): Buffer {
  return Buffer.concat(
    bodies.flatMap(body => {
      const length = Buffer.alloc(4)
      length.writeInt32BE(body.length)
      return [length, body]
    }),
  )
}

function drain(cutter: FrameCutter): Buffer[] {
  const frames: Buffer[] = []
  for (let frame = cutter.next(); frame !== undefined; frame = cutter.next()) frames.push(frame)
  return frames
}

/** Pushes bytes as a socket does that receives everything into the same memory. */
function push(cutter: FrameCutter, bytes: Buffer): void {
  const chunk = Buffer.from(bytes)
  cutter.push(chunk)
  chunk.fill(0xdd)
}

/** Receives as a connection does that has a stream of bytes to read, some in each read. */
function receive(cutter: FrameCutter, bytes: Buffer, sharedBytes: number): void {
  let at = 0
  while (at < bytes.length) {
    const room = cutter.room
    const count = Math.min(bytes.length - at, room?.length ?? sharedBytes)
    if (room === undefined) push(cutter, bytes.subarray(at, at + count))
    else {
      bytes.copy(room, 0, at, at + count)
      cutter.filled(count)
    }
    at += count
  }
}

test('what is received into the room of a frame is part of it', () => {
  const lengths = fc.array(fc.oneof(fc.nat({ max: 100 }), fc.integer({ min: 4000, max: 30_000 })), { maxLength: 6 })
  const cuts = fc.array(fc.nat({ max: 100_000 }), { maxLength: 30 })
  fc.assert(
    fc.property(lengths, cuts, fc.integer({ min: 1, max: 5000 }), (sizes, places, sharedBytes) => {
      const expected = sizes.map((size, index) => Buffer.alloc(size, `${index}frame`))
      const stream = framed(...expected)
      const cutter = new FrameCutter(30_000)
      const got: Buffer[] = []
      let from = 0
      for (const to of [...places.filter(place => place <= stream.length).sort((a, b) => a - b), stream.length]) {
        receive(cutter, stream.subarray(from, to), sharedBytes)
        from = to
        got.push(...drain(cutter))
      }
      // Byte by byte, `toEqual` would take seconds.
      expect(got.length).toBe(expected.length)
      expect(got.findIndex((frame, index) => !frame.equals(expected[index]!))).toBe(-1)
      expect(cutter.heldBytes).toBe(0)
    }),
    { numRuns: 500 },
  )
})

test('there is room only while much of a frame is to come', () => {
  const cutter = new FrameCutter(100_000)
  expect(cutter.room).toBeUndefined()
  const stream = framed(Buffer.alloc(10_000, 'x'))
  push(cutter, stream.subarray(0, 3))
  expect(cutter.room).toBeUndefined()
  push(cutter, stream.subarray(3, 104))
  expect(cutter.room).toHaveLength(9900)
  cutter.filled(5804)
  expect(cutter.room).toHaveLength(4096)
  cutter.filled(1)
  expect(cutter.room).toBeUndefined()
  cutter.filled(4095)
  expect(drain(cutter)).toHaveLength(1)
  expect(() => cutter.filled(1)).toThrow('not under way')
})

test('frames come out whole and in order wherever the stream is cut and whenever there is room', () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 8 })
  const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 30 })
  const answers = fc.array(fc.boolean(), { maxLength: 20 })
  fc.assert(
    fc.property(bodies, cuts, answers, fc.boolean(), (contents, places, room, drainEachTime) => {
      const expected = contents.map(content => Buffer.from(content))
      const stream = framed(...expected)
      const admitted: number[] = []
      const admit = (bytes: number) => {
        const isAdmitted = bytes < 10 || (room.pop() ?? true)
        if (isAdmitted) admitted.push(bytes)
        return isAdmitted
      }
      const cutter = new FrameCutter(40, admit)
      const got: Buffer[] = []
      let from = 0
      for (const to of [...places.filter(place => place <= stream.length).sort((a, b) => a - b), stream.length]) {
        push(cutter, stream.subarray(from, to))
        from = to
        if (drainEachTime) got.push(...drain(cutter))
      }
      do got.push(...drain(cutter))
      while (cutter.isHeldUp)
      expect(got).toEqual(expected)
      expect(admitted).toEqual(expected.map(({ length }) => length))
      expect(cutter.heldBytes).toBe(0)
    }),
    { numRuns: 1000 },
  )
})

test('a frame over many chunks is collected in one buffer, which the caller makes', () => {
  const body = Buffer.alloc(100_000, 7)
  const stream = framed(body)
  const made: Buffer[] = []
  const allocate = (bytes: number) => {
    made.push(Buffer.alloc(bytes))
    return made.at(-1)!
  }
  const cutter = new FrameCutter(body.length, () => true, allocate)
  for (let at = 0; at < stream.length; at += 1000) {
    expect(cutter.next()).toBeUndefined()
    push(cutter, stream.subarray(at, at + 1000))
  }
  const frame = cutter.next()!
  expect(frame.equals(body)).toBe(true)
  expect(made).toEqual([frame])
  expect(frame).toBe(made[0])
})

test('everything that is held is counted', () => {
  const cutter = new FrameCutter(1000, bytes => bytes < 100)
  push(cutter, framed(Buffer.alloc(20), Buffer.alloc(30)))
  push(cutter, Buffer.from([0, 0]))
  expect(cutter.heldBytes).toBe(52)
  drain(cutter)
  expect(cutter.heldBytes).toBe(2)
  push(cutter, Buffer.from([0, 200, 1, 2, 3]))
  expect([cutter.heldBytes, cutter.isHeldUp, cutter.next()]).toEqual([3, true, undefined])
})

test.each([
  ['negative', 'ffffffff', 'a frame of -1 bytes was announced'],
  ['the smallest int32', '80000000', 'a frame of -2147483648 bytes was announced'],
  ['too large', '00000401', 'a frame of 1025 bytes was announced; at most 1024 are read'],
  ['an HTTP request', Buffer.from('GET ').toString('hex'), 'at most 1024 are read'],
])('a length that is %s is refused behind the frames before it, and nothing is allocated for it', (_, hex, message) => {
  for (const size of [1, 2, 4, 9]) {
    const made: number[] = []
    const allocate = (bytes: number) => {
      made.push(bytes)
      return Buffer.alloc(bytes)
    }
    const cutter = new FrameCutter(1024, () => true, allocate)
    const bytes = Buffer.concat([framed(Buffer.from('a')), Buffer.from(hex, 'hex'), Buffer.alloc(50)])
    for (let at = 0; at < bytes.length; at += size) push(cutter, bytes.subarray(at, at + size))
    expect(String(cutter.next())).toBe('a')
    expect(() => cutter.next()).toThrow(DecodeError)
    expect(() => cutter.next()).toThrow(message)
    expect(made).toEqual([1])
  }
})

test('the largest frame allowed is read, also an empty one', () => {
  const cutter = new FrameCutter(1024)
  push(cutter, framed(Buffer.alloc(1024), Buffer.alloc(0)))
  expect(drain(cutter).map(frame => frame.length)).toEqual([1024, 0])
})
