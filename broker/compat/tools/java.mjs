// Apache Kafka 4.3.0 from Maven Central: broker, tools, Java clients; and our Java programs compiled against it.
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cached } from '../cache.mjs'
import { run, start, works } from '../process.mjs'

const compat = dirname(dirname(fileURLToPath(import.meta.url)))
const pom = join(compat, 'pom.xml')
const sources = join(compat, 'clients', 'java')

/** Short-lived programs: the quick compiler only, one collector thread, and warnings on standard error. */
const quickStart = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto']

/** The folder that holds Kafka's jars; fetched once. Throws when there is no `mvn` or it fails. */
export function kafkaJars() {
  return cached('kafka-jars', { inputs: [pom] }, folder =>
    run('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`], {
      timeoutMs: 300_000,
    }),
  )
}

/** What stands before the main class on the command line of `java`. */
export function javaArguments(jars, { heap = '256M', logLevel = 'warn', classes } = {}) {
  const classPath = [classes, join(jars, '*')].filter(Boolean).join(':')
  return [
    `-Xmx${heap}`,
    ...quickStart,
    `-Dorg.slf4j.simpleLogger.defaultLogLevel=${logLevel}`,
    '-Dorg.slf4j.simpleLogger.showDateTime=true',
    '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
    '-cp',
    classPath,
  ]
}

/** Java, Kafka's jars and our compiled programs: `{ jars, classes, run(mainClass, args, options) }`. */
export async function setupJava() {
  if (!(await works('java', '-version'))) throw new Error('no `java`: install a JDK, 17 or newer')
  if (!(await works('javac', '-version'))) throw new Error('no `javac`: install a JDK, 17 or newer')
  if (!(await works('mvn', '-version'))) throw new Error('no `mvn`: install Maven')
  const jars = await kafkaJars()
  const programs = readdirSync(sources).map(name => join(sources, name))
  const classes = await cached('java-programs', { inputs: [pom, sources] }, folder =>
    run('javac', ['-proc:none', '-d', folder, '-cp', join(jars, '*'), ...programs]),
  )
  return {
    jars,
    classes,
    command: 'java',
    programArguments: (mainClass, heap) => [...javaArguments(jars, { classes, heap, logLevel: 'error' }), mainClass],
    /** Runs our own Java program with these arguments. */
    program: (args, options) =>
      run('java', [...javaArguments(jars, { classes, logLevel: 'error' }), 'Suite', ...args], options),
    /** Runs one of Kafka's tools by its main class. Throws ProgramFailed on another exit code than 0 (unless anyStatus). */
    tool: (mainClass, args, options = {}) =>
      run('java', [...javaArguments(jars, { logLevel: 'error' }), mainClass, ...args], {
        timeoutMs: 60_000,
        ...options,
      }),
    startTool: (mainClass, args, options = {}) =>
      start('java', [...javaArguments(jars, { logLevel: 'error' }), mainClass, ...args], options),
  }
}
