// Today's broker on the directories that every version so far has left behind: all that was served from them still is.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { directoryFixtures, endings } from '../testing/fixture/directory-fixture.ts'
import { askServed } from '../testing/fixture/served.ts'
import { fixtureSettings } from '../testing/fixture/write-directory.ts'
import { writeFiles } from '../testing/golden/kafka-log-directories.ts'
import { repositoryPath } from '../testing/repository-path.ts'
import { SimBroker } from './server/replay/sim-broker.ts'

const fixtures = directoryFixtures()

test('there are some of this version', () => {
  const { version } = JSON.parse(readFileSync(repositoryPath('package.json'), 'utf8')) as { version: string }
  expect(fixtures.filter(fixture => fixture.version === version).map(({ ending }) => ending)).toEqual(endings)
})

test.each(fixtures.map(fixture => [fixture.version, fixture.ending, fixture] as const))(
  'version %s, %s',
  async (_version, _ending, { files, served }) => {
    const sim = new SimBroker({ settings: fixtureSettings })
    const disk = sim.host.disk.mount()
    await sim.world.complete(writeFiles(disk, '/data', files))
    await sim.start()
    for (let start = 0; start < 2; start++) {
      const client = await sim.connect()
      const groupIds = served.groups.map(({ groupId }) => groupId)
      const sent = served.repeated.map(({ topic, partition, base64 }) => ({ topic, partition, base64 }))
      const found = await askServed((api, apiVersion, body) => client.ask(api, apiVersion, body), groupIds, sent)
      expect(found).toEqual(served)
      // And what today's broker made of it is served, too.
      await sim.stop()
      await sim.start()
    }
    await sim.stop()
  },
)
