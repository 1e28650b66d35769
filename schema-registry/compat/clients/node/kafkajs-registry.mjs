// @kafkajs/confluent-schema-registry.

import registryClient from '@kafkajs/confluent-schema-registry'
import { receive, send } from './kafka.mjs'
import { orderOf, tell, told } from './order.mjs'

const { SchemaRegistry, SchemaType } = registryClient

export async function write({ bootstrap, registry, topic, schema, from, count }) {
  const client = new SchemaRegistry({ host: registry })
  const { id } = await client.register({ type: SchemaType.AVRO, schema }, { subject: `${topic}-value` })
  const messages = []
  for (let index = from; index < from + count; index += 1)
    messages.push({ value: await client.encode(id, orderOf(index, 'kafkajs')) })
  await send(bootstrap, topic, messages)
}

export async function read({ bootstrap, registry, topic, count }) {
  const client = new SchemaRegistry({ host: registry })
  await receive(bootstrap, topic, count, async ({ value }) => tell(told(await client.decode(value))))
}

/** What the client can ask of a registry, in the words of all clients. */
export async function manage({ registry, subject, schema, nextSchema, brokenSchema }) {
  const client = new SchemaRegistry({ host: registry })
  const register = text => client.register({ type: SchemaType.AVRO, schema: text }, { subject })
  const { id } = await register(schema)
  const again = await new SchemaRegistry({ host: registry }).register({ type: SchemaType.AVRO, schema }, { subject })
  const next = await register(nextSchema)
  tell({
    sameIdAgain: again.id === id,
    otherIdForNext: next.id !== id,
    latestIsNext: (await client.getLatestSchemaId(subject)) === next.id,
    idOfSchema: (await client.getRegistryIdBySchema(subject, { type: SchemaType.AVRO, schema })) === id,
    refused: await register(brokenSchema).then(
      () => 'taken',
      cause => cause.status,
    ),
    missing: await client.getSchema(1_000_000).then(
      () => 'found',
      cause => cause.status,
    ),
  })
}
