import { expect, test } from 'vitest'
import { SimDisk } from '../../io/sim/disk.ts'
import { FollowingDisk } from './following-disk.ts'

async function disk() {
  const sim = new SimDisk()
  const following = new FollowingDisk(sim.mount())
  await following.makeDirectory('/a/t-0.x-future')
  await following.replaceFile('/a/t-0.x-future/f', Buffer.from('first'))
  following.follow('/a/t-0.x-future')
  return { sim, following }
}

test('a directory is found by its old name, whatever it is asked for, and by nobody else', async () => {
  const { following } = await disk()
  await following.move('/a/t-0.x-future', '/a/t-0')
  expect(following.pathOf('/a/t-0.x-future/f')).toBe('/a/t-0/f')
  expect((await following.list('/a')).map(({ name }) => name)).toEqual(['t-0'])
  expect((await following.readFile('/a/t-0.x-future/f')).toString()).toBe('first')
  expect((await following.list('/a/t-0.x-future')).map(({ name }) => name)).toEqual(['f'])
  await following.rename('/a/t-0.x-future/f', '/a/t-0.x-future/g')
  expect((await following.stat('/a/t-0/g'))?.sizeBytes).toBe(5)
  expect(await following.stat('/a/t-0.x-futur')).toBeUndefined()
  await following.remove('/a/t-0.x-future/g')
  expect(await following.stat('/a/t-0/g')).toBeUndefined()
  following.forget('/a/t-0.x-future')
  expect(await following.stat('/a/t-0.x-future')).toBeUndefined()
})

test('the name changes when nothing under way uses it, and what comes meanwhile waits', async () => {
  const waiting: (() => void)[] = []
  const schedule = (_: number, run: () => void) => {
    waiting.push(run)
    return () => {}
  }
  const sim = new SimDisk({ schedule })
  const order: string[] = []
  const following = new FollowingDisk(sim.mount())
  const happen = async () => {
    for (let i = 0; i < 20; i += 1) await Promise.resolve()
    waiting.shift()?.()
    for (let i = 0; i < 20; i += 1) await Promise.resolve()
  }
  following.follow('/a/x')
  const made = following.makeDirectory('/a/x')
  await happen()
  await made
  const early = following.list('/a/x').then(() => order.push('early'))
  const moved = following.move('/a/x', '/a/y').then(() => order.push('moved'))
  const late = following.list('/a/x').then(() => order.push('late'))
  for (let i = 0; i < 3; i += 1) {
    expect(waiting.length, 'one at a time').toBe(1)
    await happen()
  }
  await Promise.all([early, moved, late])
  expect(order).toEqual(['early', 'moved', 'late'])
})

test('a move that failed leaves the old name, and can be done again', async () => {
  const { sim, following } = await disk()
  const heal = sim.fail({ operation: 'rename', code: 'DISK_FULL' })
  await expect(following.move('/a/t-0.x-future', '/a/t-0')).rejects.toMatchObject({ code: 'DISK_FULL' })
  expect((await following.readFile('/a/t-0.x-future/f')).toString()).toBe('first')
  heal()
  await following.move('/a/t-0.x-future', '/a/t-0')
  await following.move('/a/t-0.x-future', '/a/t-0')
  expect((await following.readFile('/a/t-0.x-future/f')).toString()).toBe('first')
})
