// Apache Kafka 4.3.0 from Maven Central: broker, tools, Java clients; and our Java programs compiled against it.
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cached } from '../cache.mjs'
import { run, start, works } from '../process.mjs'

const compat = dirname(dirname(fileURLToPath(import.meta.url)))
const pom = join(compat, 'pom.xml')
const sources = join(compat, 'clients', 'java')

/** Short-lived programs: the quick compiler only, one collector thread, and warnings on standard error. */
const quickStart = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto']

/** What Kafka's own start scripts (kafka-run-class) give the JVM, for whoever measures Kafka as its users run it. */
export const scriptArguments = [
  '-server',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
  '-XX:MaxInlineLevel=15',
  '-Djava.awt.headless=true',
]

/** The folder that holds Kafka's jars; fetched once. Throws when there is no `mvn` or it fails. */
export function kafkaJars() {
  return cached('kafka-jars', { inputs: [pom] }, folder =>
    run('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`], {
      timeoutMs: 300_000,
    }),
  )
}

/**
 * What stands before the main class on the command line of `java`. `programs`: the jar of our own Java programs; `jvm`: the
 * compiler's and collector's arguments.
 */
export function javaArguments(jars, { heap = '256M', logLevel = 'warn', programs, archive, jvm = quickStart } = {}) {
  return [
    `-Xmx${heap}`,
    ...jvm,
    ...(archive ? [`-XX:SharedArchiveFile=${archive}`] : []),
    `-Dorg.slf4j.simpleLogger.defaultLogLevel=${logLevel}`,
    '-Dorg.slf4j.simpleLogger.showDateTime=true',
    '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
    '-cp',
    [programs, join(jars, '*')].filter(Boolean).join(':'),
  ]
}

/** Compiles our Java programs into one jar, and keeps the classes that tools load in an archive beside it. */
async function buildPrograms(folder, jars) {
  const files = readdirSync(sources).map(name => join(sources, name)) // biome-ignore format: one thought
  const classes = join(folder, 'classes')
  const programs = join(folder, 'programs.jar')
  await run('javac', ['-proc:none', '-d', classes, '-cp', join(jars, '*'), ...files])
  await run('jar', ['--create', '--file', programs, '-C', classes, '.'])
}

/** Only makes starts quicker; Java does without when it does not fit. */
async function buildArchive(folder, jars, programs) {
  const settings = javaArguments(jars, { programs, logLevel: 'off' })
  await run('java', [
    `-XX:ArchiveClassesAtExit=${join(folder, 'tools.jsa')}`,
    ...settings,
    'Suite',
    'warm',
    ...Object.values(toolClasses),
  ])
}

/** The main classes of Kafka's command line tools. */
export const toolClasses = {
  topics: 'org.apache.kafka.tools.TopicCommand',
  configs: 'kafka.admin.ConfigCommand',
  groups: 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  allGroups: 'org.apache.kafka.tools.GroupsCommand',
  producer: 'org.apache.kafka.tools.ConsoleProducer',
  consumer: 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  offsets: 'org.apache.kafka.tools.GetOffsetShell',
  deleteRecords: 'org.apache.kafka.tools.DeleteRecordsCommand',
  logDirs: 'org.apache.kafka.tools.LogDirsCommand',
  apiVersions: 'org.apache.kafka.tools.BrokerApiVersionsCommand',
  producerPerformance: 'org.apache.kafka.tools.ProducerPerformance',
  consumerPerformance: 'org.apache.kafka.tools.ConsumerPerformance',
  verifiableProducer: 'org.apache.kafka.tools.VerifiableProducer',
  verifiableConsumer: 'org.apache.kafka.tools.VerifiableConsumer',
  cluster: 'org.apache.kafka.tools.ClusterTool',
  transactions: 'org.apache.kafka.tools.TransactionsCommand',
  messageCopier: 'org.apache.kafka.tools.TransactionalMessageCopier',
  compactionTester: 'org.apache.kafka.tools.LogCompactionTester',
  features: 'org.apache.kafka.tools.FeatureCommand',
  quorum: 'org.apache.kafka.tools.MetadataQuorumCommand',
  election: 'org.apache.kafka.tools.LeaderElectionCommand',
  reassign: 'org.apache.kafka.tools.reassign.ReassignPartitionsCommand',
  clientMetrics: 'org.apache.kafka.tools.ClientMetricsCommand',
  endToEndLatency: 'org.apache.kafka.tools.EndToEndLatency',
  dumpLog: 'org.apache.kafka.tools.DumpLogSegments',
}

/** A tool takes a second on a quiet machine; one that is still running after this stands still. */
const toolTimeoutMs = 180_000

/**
 * Java, Kafka's jars and our programs: `jars`; `tool(name, args, options)` runs one of Kafka's tools to its end;
 * `program(args, options)` our own; `programArguments(heap)` is what stands behind `java` to start ours otherwise.
 */
export async function setupJava() {
  for (const command of ['java', 'javac']) {
    if (!(await works(command, '-version'))) throw new Error(`no \`${command}\`: install a JDK, 17 or newer`)
  }
  if (!(await works('mvn', '-version'))) throw new Error('no `mvn`: install Maven')
  const jars = await kafkaJars()
  const built = await cached('java-programs', { inputs: [pom, sources] }, folder => buildPrograms(folder, jars))
  const programs = join(built, 'programs.jar')
  const archived = await cached('java-archive', { inputs: [pom, sources] }, folder =>
    buildArchive(folder, jars, programs),
  )
  const archive = join(archived, 'tools.jsa')
  const settings = { programs, logLevel: 'error', archive: existsSync(archive) ? archive : undefined }
  const tool = name => [...javaArguments(jars, settings), toolClasses[name]]
  const programArguments = heap => [...javaArguments(jars, { ...settings, heap }), 'Suite']
  return {
    jars,
    programArguments,
    program: (args, options) => run('java', [...programArguments('256M'), ...args], options),
    tool: (name, args, options) => run('java', [...tool(name), ...args], { timeoutMs: toolTimeoutMs, ...options }),
    startTool: (name, args, options) => start('java', [...tool(name), ...args], options),
  }
}
