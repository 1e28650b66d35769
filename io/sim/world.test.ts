import { describe, expect, test } from 'vitest'
import type { Connection } from '../net.ts'
import type { World } from '../world.ts'
import { SimWorld } from './world.ts'

/** A server that appends what it is sent to a file and answers with the length, and clients that send until they are told 20 times. */
async function serve(world: World): Promise<void> {
  const file = await world.disk.open('/log', 'create')
  let length = await file.size()
  await world.disk.syncDirectory('/')
  await world.net.listen({ host: '0.0.0.0', port: 9092 }, connection => {
    connection.listen({
      data: chunk => {
        const at = length
        length += chunk.length
        void file
          .write([chunk], at)
          .then(() => file.datasync())
          .then(() => connection.send([Buffer.from(`${length} `), { file, position: at, length: chunk.length }]))
      },
      drain() {},
      end: () => connection.end(),
      close() {},
    })
  })
}

async function ask(world: World, answers: string[]): Promise<void> {
  while (answers.length < 20) {
    let connection: Connection
    try {
      connection = await world.net.connect({ host: 'server', port: 9092, timeoutMs: 500 })
    } catch {
      await new Promise<void>(resolve => world.clock.after(100 + world.random.int(50), resolve))
      continue
    }
    await new Promise<void>(resolve => {
      const send = () => connection.send([world.random.bytes(1 + world.random.int(100))])
      const giveUp = world.clock.after(5000, () => connection.destroy())
      connection.listen({
        data: chunk => {
          answers.push(chunk.toString('hex'))
          if (answers.length < 20) world.clock.after(world.random.int(20), send)
          else connection.end()
        },
        drain() {},
        end: () => connection.end(),
        close: () => resolve(giveUp()),
      })
      send()
    })
  }
}

async function play(
  seed: number,
): Promise<{ hash: string; steps: number; answers: string[][]; lines: readonly string[] }> {
  const sim = new SimWorld({ seed, traceLinesMax: 100_000, network: { resetChance: 0.01, splitChance: 0.3 } })
  const server = sim.host('server')
  void serve(server.start())
  const answers: string[][] = [[], []]
  const asking = answers.map((list, index) => ask(sim.host(`client${index}`).start(), list))
  for (const [index, atMs] of [30, 60, 200, 400].entries()) {
    sim.scheduler.schedule(atMs, () => {
      if (index % 2 === 0) server.crashProcess()
      else server.losePower()
      sim.scheduler.schedule(20, () => void serve(server.start()))
    })
  }
  sim.scheduler.schedule(100, () => sim.network.partition(['server'], ['client0']))
  sim.scheduler.schedule(150, () => sim.network.heal())
  await sim.complete(Promise.all(asking))
  return { hash: sim.traceHash, steps: sim.steps, answers, lines: sim.trace.lines }
}

describe('a simulation', () => {
  test('of one seed runs twice the same way, to the byte; of another seed another way', async () => {
    const [first, again, other] = [await play(1), await play(1), await play(2)]
    expect(again.lines).toEqual(first.lines)
    expect(again).toEqual(first)
    expect(other.hash).not.toBe(first.hash)
    expect(first.answers.map(list => list.length)).toEqual([20, 20])
    expect(first.lines.some(line => line.includes('power loss'))).toBe(true)
  })

  test('runs many seeds to their end', async () => {
    const hashes = new Set<string>()
    for (let seed = 0; seed < 50; seed++) hashes.add((await play(seed)).hash)
    expect(hashes.size).toBe(50)
  })

  test('lets promises run on before the next event', async () => {
    const sim = new SimWorld({ seed: 1 })
    const order: string[] = []
    sim.scheduler.schedule(1, () => {
      void (async () => {
        for (let count = 0; count < 100; count++) await null
        order.push('promises of the first')
      })()
    })
    sim.scheduler.schedule(1, () => order.push('second'))
    await sim.run()
    expect(order).toEqual(['promises of the first', 'second'])
  })

  test('checks after every step, and a failing check ends the run', async () => {
    const sim = new SimWorld({ seed: 1 })
    let happened = 0
    for (let count = 0; count < 5; count++) sim.scheduler.schedule(count, () => void (happened += 1))
    sim.checkAfterEveryStep(() => {
      if (happened === 3) throw new Error('three is too many')
    })
    await expect(sim.run()).rejects.toThrow('three is too many')
    expect(happened).toBe(3)
  })

  test('keeps to its limits', async () => {
    const sim = new SimWorld({ seed: 1 })
    let ticks = 0
    const tick = () => {
      ticks += 1
      sim.scheduler.schedule(10, tick)
    }
    tick()
    expect(await sim.run({ stepsMax: 3 })).toBe(3)
    expect(ticks).toBe(4)
    await sim.run({ untilMs: 55 })
    expect([ticks, sim.nowMs]).toEqual([6, 55])
    await sim.run({ until: () => ticks === 8 })
    expect(sim.nowMs).toBe(70)
    await sim.runFor(5)
    expect(sim.nowMs).toBe(75)
  })

  test('says so when a promise can never be settled, or is not in time', async () => {
    const sim = new SimWorld({ seed: 7 })
    await expect(sim.complete(new Promise(() => {}))).rejects.toThrow('(seed 7): nothing is left to happen')
    const tick = () => void sim.scheduler.schedule(10, tick)
    tick()
    await expect(sim.complete(new Promise(() => {}), 1000)).rejects.toThrow('not done after 1000 ms')
    await expect(sim.complete(Promise.reject(new Error('its own')))).rejects.toThrow('its own')
  })

  test('waits for what takes real time', async () => {
    const sim = new SimWorld({ seed: 1 })
    const order: string[] = []
    sim.hold(new Promise<void>(resolve => setTimeout(resolve, 20)).then(() => order.push('real')))
    sim.scheduler.schedule(1, () => order.push('simulated'))
    await sim.run()
    expect(order).toEqual(['real', 'simulated'])
  })
})
