import { expect, test } from 'vitest'
import type { Connection } from '../net.ts'
import { SimWorld } from './world.ts'

test('a host that stands still does nothing, and goes on in order; its clock has gone on', async () => {
  const sim = new SimWorld({ seed: 1 })
  const host = sim.host('a')
  const { clock } = host.start()
  const seen: string[] = []
  clock.after(10, () => seen.push(`ten at ${clock.monotonicMs()}`))
  clock.after(30, () => {
    seen.push('thirty')
    clock.soon(() => seen.push('soon'))
  })
  const cancel = clock.after(40, () => seen.push('forty'))
  clock.after(200, () => seen.push('two hundred'))
  host.pause()
  await sim.runFor(100)
  expect(seen).toEqual([])
  cancel()
  host.resume()
  await sim.runFor(50)
  expect(seen).toEqual(['ten at 100', 'thirty', 'soon'])
  await sim.runFor(100)
  expect(seen.at(-1)).toBe('two hundred')
})

test('what it is sent waits for it, and others notice nothing but its silence', async () => {
  const sim = new SimWorld({ seed: 1 })
  const [server, client] = [sim.host('server'), sim.host('client')]
  const received: string[] = []
  const closed: (Error | undefined)[] = []
  await sim.complete(
    server.start().net.listen({ host: '0.0.0.0', port: 1 }, connection => {
      connection.listen({ data: chunk => received.push(chunk.toString()), drain() {}, end() {}, close() {} })
    }),
  )
  const opened = client.start().net.connect({ host: 'server', port: 1 })
  const connection: Connection = await sim.complete(opened)
  connection.listen({ data() {}, drain() {}, end() {}, close: error => closed.push(error) })
  server.pause()
  connection.send([Buffer.from('hello')])
  await sim.runFor(60_000)
  expect([received, closed]).toEqual([[], []])
  server.resume()
  await sim.runFor(10)
  expect(received.join('')).toBe('hello')
})

test('a process that is killed while it stands still does nothing any more', async () => {
  const sim = new SimWorld({ seed: 1 })
  const host = sim.host('a')
  const seen: string[] = []
  host.start().clock.after(10, () => seen.push('ten'))
  host.pause()
  await sim.runFor(20)
  host.crashProcess()
  host.resume()
  await sim.runFor(20)
  expect(seen).toEqual([])
})
