// The schema registry's answers to what schemathesis makes of its OpenAPI document: no 5xx, and no status, content type or body that the
// document does not describe. The registry is one on a topic in memory with some schemas in it, whichever broker the run is about.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run, start } from '../process.mjs'

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))
const program = join(root, 'dist/schema-registry/testing/memory-server-main.js')
const judged = 'not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance'
/** For each operation. Thorough with all combinations of each parameter: some 15,000 requests together. */
const brief = ['--phases=examples,fuzzing', '--max-examples=5']
const thorough = ['--max-examples=20']
const seed = 1

async function tellsNothingUndescribed({ command, args }, how) {
  const { address, server } = await startRegistry()
  // It keeps what it found in the folder that it runs in.
  const cwd = mkdtempSync(join(tmpdir(), 'millrace-schemathesis-'))
  try {
    await fill(address)
    const found = await run(command, [...args, ...schemathesisArguments(address, how)], { cwd, timeoutMs: 1_200_000 })
    assert.match(found.stdout, /Tested: +40\b/)
    assert.equal(server.result.stderr, '', 'the registry says nothing of its own')
  } finally {
    server.child.kill('SIGKILL')
    await server.done
    rmSync(cwd, { recursive: true, force: true })
  }
}

function suiteOf(name, how) {
  return {
    name,
    needs: ['schemathesis'],
    async run({ report, tools }) {
      if (!report.wantsSuite(name)) return
      const tool = await tools.schemathesis
      await report.check(`${name}/schemathesis finds no 5xx and nothing undescribed`, () =>
        tellsNothingUndescribed(tool, how),
      )
    },
  }
}

export const registryInputs = suiteOf('registry-inputs', brief)
/** Minutes. */
export const registryInputsAll = { ...suiteOf('registry-inputs-all', thorough), onRequest: true }

async function startRegistry() {
  let heard
  const address = new Promise(resolve => {
    heard = resolve
  })
  const server = start(process.execPath, [program], { onLine: heard })
  const first = await Promise.race([address, server.done.then(() => undefined)])
  assert.ok(first, `the registry ended while starting: ${server.result.stderr}`)
  return { address: first, server }
}

/** What the document's examples name, so that not all that is asked for is missing. */
async function fill(address) {
  const schemas = ['"string"', '{"type":"record","name":"Order","fields":[{"name":"id","type":"long"}]}']
  for (const [index, schema] of schemas.entries()) {
    for (const subject of [`subject-${index}`, 'orders-value', ':.staging:orders-value']) {
      const answer = await fetch(`${address}/subjects/${subject}/versions?force=true`, {
        method: 'POST',
        headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
        body: JSON.stringify({ schema }),
      })
      assert.equal(answer.status, 200, await answer.text())
    }
  }
}

const schemathesisArguments = (address, how) => [
  'run',
  `${address}/openapi.json`,
  `--url=${address}`,
  `--checks=${judged}`,
  ...how,
  `--seed=${seed}`,
  // How quickly it finds examples says nothing about the registry.
  '--suppress-health-check=filter_too_much,too_slow',
  '--max-failures=20',
  '--no-color',
]
