// Every schema that our build holds, by the message's name in Kafka.
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const protocol = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist', 'protocol')

/** Imports a module of our built protocol folder, such as 'messages/index.js'. */
export function importProtocol(path) {
  const file = join(protocol, path)
  if (!existsSync(file)) throw new Error(`${file} is missing: build first with \`npm run build\``)
  return import(pathToFileURL(file).href)
}

/** Resolves with a map from name to `{ schema, key, latestUnstable }`: requests, responses, headers and stored messages. */
export async function allSchemas() {
  const byName = new Map()
  const add = (schema, more = {}) => byName.set(schema.name, { schema, ...more })
  const { apiByKey } = await importProtocol('messages/index.js')
  for (const api of apiByKey.values()) {
    const more = { key: api.key, latestUnstable: api.latestUnstable }
    add(api.request, more)
    add(api.response, { key: api.key })
  }
  const modules = ['messages/headers.js']
  for (const folder of readdirSync(join(protocol, 'stored'))) modules.push(`stored/${folder}/index.js`)
  for (const path of modules) {
    for (const value of Object.values(await importProtocol(path))) if (value?.versions && value.fields) add(value)
  }
  return byName
}
