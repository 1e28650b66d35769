// Our client over TLS against a listener of Kafka's own, whichever broker the run is about: a node of its own, with the certificates of
// io/testdata/tls. Ours has no such listener yet.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../free-port.mjs'
import { startKafka } from '../kafka-target.mjs'

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))
const file = name => readFileSync(join(root, 'io/testdata/tls', name), 'utf8')
const ca = file('authority.pem')
const names = { trusted: 'server', elsewhere: 'elsewhere', expired: 'expired' }

export const clientTls = {
  name: 'client-tls',
  needs: ['java'],
  async run({ report, tools }) {
    if (!report.wantsSuite('client-tls')) return
    const folder = mkdtempSync(join(tmpdir(), 'millrace-client-tls-'))
    const listening = await startListening(folder, (await tools.java).jars)
    try {
      const { Cluster } = await import(join(root, 'dist/client/cluster/cluster.js'))
      const { clientWorld } = await import(join(root, 'dist/client/real-client-world.js'))
      const at = (name, tls) => new Cluster({ bootstrap: `localhost:${listening.ports[name]}`, tls }, clientWorld())
      for (const [name, body] of Object.entries(checks)) await report.check(`client-tls/${name}`, () => body(at))
    } finally {
      await listening.kafka.kill()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

/** One node with a listener for each certificate, and one that wants the client's. */
async function startListening(folder, jars) {
  const ports = { asking: await freePort() }
  for (const name of Object.keys(names)) ports[name] = await freePort()
  const settings = { 'inter.broker.listener.name': 'PLAINTEXT' }
  const [port, controllerPort] = [await freePort(), await freePort()]
  const listeners = Object.entries(ports).map(([name, each]) => `${name.toUpperCase()}://localhost:${each}`)
  const plain = [`PLAINTEXT://127.0.0.1:${port}`, `CONTROLLER://127.0.0.1:${controllerPort}`]
  settings.listeners = [...plain, ...listeners].join(',')
  const encrypted = Object.keys(ports).map(name => `${name.toUpperCase()}:SSL`)
  settings['listener.security.protocol.map'] = ['PLAINTEXT:PLAINTEXT', 'CONTROLLER:PLAINTEXT', ...encrypted].join(',')
  for (const name of Object.keys(ports)) Object.assign(settings, listenerSettings(folder, name))
  const kafka = await startKafka({ jars, port, controllerPort, settings })
  return { kafka, ports }
}

function listenerSettings(folder, name) {
  const certificate = names[name] ?? 'server'
  const keystore = join(folder, `${name}.pem`)
  writeFileSync(keystore, file(`${certificate}.key`) + file(`${certificate}.pem`))
  const authority = join(folder, 'authority.pem')
  writeFileSync(authority, ca)
  const prefix = `listener.name.${name}.ssl`
  return {
    [`${prefix}.keystore.type`]: 'PEM',
    [`${prefix}.keystore.location`]: keystore,
    [`${prefix}.truststore.type`]: 'PEM',
    [`${prefix}.truststore.location`]: authority,
    ...(name === 'asking' && { [`${prefix}.client.auth`]: 'required' }),
  }
}

const closing = async (cluster, body) => {
  try {
    await body(cluster)
  } finally {
    cluster.close()
  }
}

const answers = cluster => closing(cluster, async () => assert.equal((await cluster.refresh()).brokers.size, 1))

const refuses = (cluster, why) =>
  closing(cluster, () =>
    assert.rejects(cluster.refresh(), error => {
      assert.equal(error.code, 'UNTRUSTED', error.message)
      assert.match(error.message, why)
      return true
    }),
  )

const checks = {
  'Kafka is spoken to, and the addresses it advertises': at =>
    closing(at('trusted', { ca }), async cluster => {
      const { brokers } = await cluster.refresh()
      for (const node of brokers.values())
        assert.ok(await cluster.broker(node).versionOf({ key: 18, versions: [0, 4] }))
    }),
  'a certificate of ours, where it asks for one': at =>
    answers(at('asking', { ca, cert: file('client.pem'), key: file('client.key') })),
  'UNTRUSTED: none of ours, where it asks for one': at => refuses(at('asking', { ca }), /certificate/),
  'UNTRUSTED: an authority that is not known': at => refuses(at('trusted', true), /unable to verify/),
  'UNTRUSTED: another name': at => refuses(at('elsewhere', { ca }), /not in the cert/),
  'UNTRUSTED: its time is over': at => refuses(at('expired', { ca }), /expired/),
  'another name that was asked for': at => answers(at('elsewhere', { ca, servername: 'elsewhere.test' })),
}
