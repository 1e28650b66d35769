// Apicurio's side: its server on a database file of H2, the database inside of it. Of its storages that survive a restart this is the
// one that costs it least: no other process, no network, and the file is opened, not read.

import { ApicurioServer } from '../apicurio/apicurio-server.ts'
import { type ManySchema, manySchemas, versionsOfSubject } from './many-schemas.ts'
import type { Side } from './side.ts'

const startMsMax = 600_000
/** Registrations under way at a time. */
const workers = 8

/** @param file of the database, without its ending; it stays */
export function apicurioSide(file: string): Side {
  return {
    name: 'Apicurio Registry 3.3.3',
    async fill(count) {
      const server = await ApicurioServer.start({ storage: { file }, startMsMax })
      try {
        return await registerAll(server.url, count)
      } finally {
        await server.stop()
      }
    },
    async start(id) {
      const startedMs = performance.now()
      const firstPath = `/schemas/ids/${id}`
      const server = await ApicurioServer.start({ storage: { file }, firstPath, startMsMax })
      const startMs = performance.now() - startedMs
      return { pid: server.pid, url: server.url, startMs, stop: () => server.stop() }
    },
  }
}

/** By subject: versions come one after the other. */
async function registerAll(url: string, count: number): Promise<number[]> {
  const schemas = manySchemas(count)
  const ids: number[] = []
  const work = async () => {
    for (let versions = take(schemas); versions.length > 0; versions = take(schemas)) {
      for (const schema of versions) ids.push(await register(url, schema))
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  return ids
}

function take(schemas: Generator<ManySchema>): ManySchema[] {
  const taken: ManySchema[] = []
  while (taken.length < versionsOfSubject) {
    const next = schemas.next()
    if (next.done) break
    taken.push(next.value)
  }
  return taken
}

async function register(url: string, { subject, text }: ManySchema): Promise<number> {
  const answer = await fetch(`${url}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: text }),
  })
  const said = await answer.text()
  if (answer.status !== 200) throw new Error(`Apicurio Registry did not register ${subject}: ${answer.status} ${said}`)
  return (JSON.parse(said) as { id: number }).id
}
