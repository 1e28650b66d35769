// Every earlier version's directories, opened by today's broker as a user starts it, and read by Kafka's kafka-dump-log.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { BrokerConnection } from '../../client/connection.ts'
import { realNet } from '../../io/real-net.ts'
import { type DirectoryFixture, directoryFixtures } from '../../testing/fixture/directory-fixture.ts'
import { askServed, type Served } from '../../testing/fixture/served.ts'
import { fixtureSettings } from '../../testing/fixture/write-directory.ts'
import { kafkaJars, startTarget } from '../disk-swap/target.ts'
import { dumpLog } from '../dump-log/dump-log.ts'
import type { Show } from './show.ts'

interface Opened {
  readonly records: number
  readonly files: number
  readonly wrong: readonly string[]
}

/** `jars`: undefined where Kafka's tool is not asked. */
async function open(fixture: DirectoryFixture, jars: string | undefined): Promise<Opened> {
  const work = mkdtempSync(join(tmpdir(), 'millrace-fixture-'))
  const directory = join(work, 'data')
  try {
    for (const [path, content] of fixture.files) {
      mkdirSync(dirname(join(directory, path)), { recursive: true })
      writeFileSync(join(directory, path), content)
    }
    // Producers are forgotten by the clock of the machine (producer.id.expiration.ms): only the simulated one can ask for them.
    const expected = { ...fixture.served, repeated: [] }
    const found = await serve(directory, expected)
    const wrong = isDeepStrictEqual(found, expected) ? [] : ['what is served is not what was']
    const dump = jars === undefined ? undefined : await dumpLog(directory, jars)
    const insane = dump && dump.saneIndexes !== dump.indexes ? ['an index failed the sanity check'] : []
    const partitions = found.topics.flatMap(topic => topic.partitions)
    return {
      records: partitions.reduce((sum, { records }) => sum + records, 0),
      files: dump?.files ?? 0,
      wrong: [...wrong, ...insane, ...(dump?.complaints ?? [])].map(
        line => `${fixture.version} ${fixture.ending}: ${line}`,
      ),
    }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

async function serve(directory: string, expected: Served): Promise<Served> {
  const broker = await startTarget('millrace', { logDirs: [directory], settings: fixtureSettings })
  const options = { host: '127.0.0.1', port: broker.port, clientId: 'fixture' }
  const connection = await BrokerConnection.open(realNet(), options)
  try {
    const groupIds = expected.groups.map(({ groupId }) => groupId)
    return await askServed((api, version, body) => connection.request(api, version, body), groupIds, [])
  } finally {
    connection.close()
    await broker.stop()
  }
}

export const dataPath6: Show = {
  id: 'data-path.6',
  title:
    'the directories of every version so far are served as they were, and kafka-dump-log finds nothing wrong in them',
  async run({ reduced }) {
    const fixtures = directoryFixtures()
    let jars: string | undefined
    try {
      if (!reduced) jars = await kafkaJars()
    } catch (error) {
      return { pass: false, figure: `Kafka 4.3.0 is needed: ${(error as Error).message}` }
    }
    const opened: Opened[] = []
    for (const fixture of fixtures) opened.push(await open(fixture, jars))
    const wrong = opened.flatMap(each => each.wrong)
    const sum = (of: (each: Opened) => number) => opened.reduce((total, each) => total + of(each), 0)
    const versions = new Set(fixtures.map(({ version }) => version)).size
    const dumped = reduced ? '' : `; ${sum(({ files }) => files)} files read by kafka-dump-log`
    const figure = `${fixtures.length} directories of ${versions} versions, ${sum(({ records }) => records)} records${dumped}`
    return { pass: fixtures.length > 0 && wrong.length === 0, figure: [figure, ...wrong.slice(0, 20)].join('\n') }
  },
}
