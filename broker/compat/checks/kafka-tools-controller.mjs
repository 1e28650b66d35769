// Kafka's tools for what the controller decides: kafka-features, kafka-metadata-quorum, kafka-leader-election,
// kafka-reassign-partitions, kafka-cluster, kafka-client-metrics.
import assert from 'node:assert/strict'
import { lines } from './kafka-tools-kit.mjs'

export async function controllerTools(check) {
  await check('kafka-features: describe, upgrade, downgrade, disable, and what is refused', features)
  await check('kafka-metadata-quorum: status, replication, no controller added or removed', quorum)
  await check('kafka-leader-election: nobody needs one, and of a topic that is not there', elections)
  await check('kafka-reassign-partitions: generate, execute, verify, list, cancel', reassignments)
  await check('kafka-cluster: id, endpoints, a broker that is not registered', cluster)
  await check('kafka-client-metrics: none', clientMetrics)
}

async function features(kit) {
  const described = await kit.run('features', ['describe'])
  for (const [name, min, max] of [
    ['transaction.version', 0, 2],
    ['group.version', 0, 1],
    ['kraft.version', 0, 1],
  ])
    assert.match(
      described,
      new RegExp(
        `Feature: ${name}\\s+SupportedMinVersion: ${min}\\s+SupportedMaxVersion: ${max}\\s+FinalizedVersionLevel: \\d\\s+Epoch: \\d+`,
      ),
    )
  assert.match(
    described,
    /Feature: metadata.version\s+SupportedMinVersion: 3.3-IV3\s+SupportedMaxVersion: 4.3-IV0\s+FinalizedVersionLevel: 4.3-IV0/,
  )
  const change = (command, level, ...more) => [command, '--feature', `transaction.version${level}`, ...more]
  assert.match(await kit.run('features', change('upgrade', '=2')), /transaction.version was upgraded to 2/)
  assert.match(await kit.run('features', change('downgrade', '=1', '--dry-run')), /can be downgraded to 1/)
  assert.match(await kit.run('features', change('disable', '', '--dry-run')), /can be disabled/)
  assert.match(await kit.fails('features', change('upgrade', '=9')), /Could not upgrade transaction.version to 9/)
  assert.match(await kit.run('features', ['version-mapping']), /metadata.version=30 \(4.3-IV0\)/)
  assert.match(await kit.run('features', change('feature-dependencies', '=2')), /has no dependencies/)
}

async function quorum(kit) {
  const status = await kit.run('quorum', ['describe', '--status'])
  assert.match(
    status,
    /ClusterId:\s+\S{22}\nLeaderId:\s+(\d+)\nLeaderEpoch:\s+\d+\nHighWatermark:\s+\d+\nMaxFollowerLag:\s+0\n/,
  )
  assert.match(status, /CurrentVoters:\s+\[\{"id": \d+.*\}\]\nCurrentObservers:\s+\[\]/)
  const [, row] = lines(await kit.run('quorum', ['describe', '--replication']))
  assert.match(row, /^\d+\s+\S{22}\s+\d+\s+0\s+\d+\s+\d+\s+Leader/)
  const stranger = [
    'remove-controller',
    '--controller-id',
    '4711',
    '--controller-directory-id',
    'AAAAAAAAAAAAAAAAAAAAAg',
  ]
  assert.match(await kit.fails('quorum', stranger), /UnsupportedVersionException/)
}

async function elections(kit) {
  const topic = await kit.topic()
  const elect = (type, ...what) => ['--election-type', type, ...what]
  assert.match(
    await kit.run('election', elect('preferred', '--topic', topic, '--partition', '0')),
    new RegExp(`already elected for partitions ${topic}-0`),
  )
  await kit.withJson({ partitions: [{ topic, partition: 0 }] }, async file => {
    assert.match(
      await kit.run('election', elect('unclean', '--path-to-json-file', file)),
      new RegExp(`already elected for partitions ${topic}-0`),
    )
  })
  await kit.run('election', elect('preferred', '--all-topic-partitions'))
  const missing = elect('preferred', '--topic', kit.name('missing'), '--partition', '0')
  assert.match(await kit.fails('election', missing), /UnknownTopicOrPartitionException/)
}

async function reassignments(kit) {
  const topic = await kit.topic()
  const { nodeId, logDir } = await whereIs(kit, topic)
  const proposed = await kit.withJson({ topics: [{ topic }], version: 1 }, file =>
    kit.run('reassign', ['--generate', '--topics-to-move-json-file', file, '--broker-list', `${nodeId}`]),
  )
  const plans = lines(proposed).filter(line => line.startsWith('{')).map(line => JSON.parse(line)) // biome-ignore format: one thought
  const plan = logDirs => ({ version: 1, partitions: [{ topic, partition: 0, replicas: [nodeId], log_dirs: logDirs }] })
  assert.deepEqual(plans, [plan([logDir]), plan(['any'])])
  await kit.withJson(plan(['any']), async file => {
    const how = ['--reassignment-json-file', file]
    assert.match(
      await kit.run('reassign', ['--execute', ...how]),
      new RegExp(`Successfully started partition reassignment for ${topic}-0`),
    )
    assert.match(
      await kit.run('reassign', ['--verify', ...how]),
      new RegExp(`Reassignment of partition ${topic}-0 is completed`),
    )
    assert.match(
      await kit.run('reassign', ['--cancel', ...how]),
      /None of the specified partition reassignments are active/,
    )
  })
  assert.match(await kit.run('reassign', ['--list']), /No partition reassignments found/)
  const elsewhere = { version: 1, partitions: [{ topic, partition: 0, replicas: [nodeId, 4711] }] }
  await kit.withJson(elsewhere, async file =>
    assert.match(
      await kit.fails('reassign', ['--execute', '--reassignment-json-file', file]),
      /Unknown broker id 4711/,
    ),
  )
}

async function whereIs(kit, topic) {
  const printed = await kit.run('logDirs', ['--describe', '--topic-list', topic])
  const [{ broker, logDirs }] = JSON.parse(lines(printed).at(-1)).brokers
  return { nodeId: broker, logDir: logDirs[0].logDir }
}

async function cluster(kit) {
  const run = (...args) =>
    kit.java.tool('cluster', [...args, '--bootstrap-server', kit.broker.bootstrap], { anyStatus: true })
  assert.match((await run('cluster-id')).stdout, /^Cluster ID: \S{22}$/m)
  assert.match(
    (await run('list-endpoints')).stdout,
    new RegExp(`^\\d+\\s+127.0.0.1\\s+${kit.broker.port}\\s+null\\s+unfenced\\s+broker`, 'm'),
  )
  const unregistered = await run('unregister', '--id', '4711')
  assert.notEqual(unregistered.status, 0)
  assert.match(unregistered.stdout + unregistered.stderr, /BrokerIdNotRegisteredException/)
}

async function clientMetrics(kit) {
  assert.equal((await kit.run('clientMetrics', ['--list'])).trim(), '')
}
