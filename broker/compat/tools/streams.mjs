// Kafka Streams 4.3.0 from Maven Central, and our Streams program (../streams) compiled against it.

import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cached } from '../cache.mjs'
import { run } from '../process.mjs'
import { javaArguments, kafkaJars } from './java.mjs'

const sources = join(dirname(dirname(fileURLToPath(import.meta.url))), 'streams')
const pom = join(sources, 'pom.xml')

/** The folder that holds RocksDB's jar; fetched once. */
function rocksJars() {
  return cached('streams-jars', { inputs: [pom] }, folder =>
    run('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`], {
      timeoutMs: 300_000,
    }),
  )
}

/** Compiles the program into one folder of classes. */
function buildProgram(folder, jars) {
  const names = readdirSync(sources).filter(name => name.endsWith('.java'))
  const files = names.map(name => join(sources, name))
  return run('javac', ['-proc:none', '-d', folder, '-cp', join(jars, '*'), ...files])
}

/**
 * What stands behind `java` before the program's own arguments. `temporaryFolder`: where RocksDB unpacks its library, which a
 * killed program leaves behind. Throws without a JDK or Maven.
 */
export async function streamsArguments(temporaryFolder) {
  const jars = await kafkaJars()
  const rocks = await rocksJars()
  const programs = await cached('streams-program', { inputs: [sources], extra: [jars] }, folder =>
    buildProgram(folder, jars),
  )
  const path = [programs, join(rocks, '*')].join(':')
  return [
    `-Djava.io.tmpdir=${temporaryFolder}`,
    ...javaArguments(jars, { programs: path, logLevel: 'error', heap: '256M' }),
    'Main',
  ]
}
