// The suite on the wire: requests exactly as written here, where a client library would hide the question or the answer.
import { WireKit } from './wire-kit.mjs'

export const wire = {
  name: 'wire',
  needs: [], // Java tells what Kafka's ApiVersions answer is; the other checks do without
  uses: ['java'],
  async run(context) {
    const kit = new WireKit(context.broker, context.prefix)
    for (const [name, body] of Object.entries(await allChecks()))
      await context.report.check(`wire/${name}`, () => body(kit, context))
  },
}

/** Imported late: the checks need our built protocol folder, without which the other suites can still run. */
async function allChecks() {
  const { versionChecks } = await import('./wire-versions.mjs')
  const { produceChecks } = await import('./wire-produce.mjs')
  const { fetchChecks } = await import('./wire-fetch.mjs')
  const { groupChecks } = await import('./wire-groups.mjs')
  const { adminChecks } = await import('./wire-admin.mjs')
  return { ...versionChecks, ...produceChecks, ...fetchChecks, ...groupChecks, ...adminChecks }
}
