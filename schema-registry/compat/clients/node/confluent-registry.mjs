// @confluentinc/schemaregistry, with kafkajs for the records.

import schemaregistry from '@confluentinc/schemaregistry'
import { receive, send } from './kafka.mjs'
import { orderOf, tell, told } from './order.mjs'

const { AvroDeserializer, AvroSerializer, Compatibility, HeaderSchemaIdSerializer, SchemaRegistryClient, SerdeType } =
  schemaregistry

const clientOf = registry => new SchemaRegistryClient({ baseURLs: [registry], cacheCapacity: 100 })

export async function write({ bootstrap, registry, topic, schema, from, count, framing }) {
  const client = clientOf(registry)
  await client.register(`${topic}-value`, { schemaType: 'AVRO', schema }, false)
  const header = framing === 'guid' ? { schemaIdSerializer: HeaderSchemaIdSerializer } : {}
  const serializer = new AvroSerializer(client, SerdeType.VALUE, { useLatestVersion: true, ...header })
  const messages = []
  for (let index = from; index < from + count; index += 1) {
    const headers = {}
    const value = await serializer.serialize(topic, orderOf(index, 'confluent-js'), headers)
    messages.push({ value, headers })
  }
  await send(bootstrap, topic, messages)
}

export async function read({ bootstrap, registry, topic, count }) {
  const deserializer = new AvroDeserializer(clientOf(registry), SerdeType.VALUE, {})
  await receive(bootstrap, topic, count, async ({ value, headers }) =>
    tell(told(await deserializer.deserialize(topic, value, headers))),
  )
}

export async function manage({ registry, subject, schema, nextSchema, brokenSchema }) {
  const client = clientOf(registry)
  const info = text => ({ schemaType: 'AVRO', schema: text })
  const id = await client.register(subject, info(schema), false)
  const again = await clientOf(registry).register(subject, info(schema), false)
  const { guid } = await client.registerFullResponse(subject, info(schema), false)
  const level = await client.updateCompatibility(subject, Compatibility.FULL)
  const compatible = await client.testCompatibility(subject, 1, info(nextSchema))
  const incompatible = await client.testCompatibility(subject, 1, info(brokenSchema))
  const next = await client.register(subject, info(nextSchema), false)
  const statusOf = promise =>
    promise.then(
      () => 'fine',
      cause => cause.errorCode,
    )
  tell({
    sameIdAgain: again === id,
    otherIdForNext: next !== id,
    guidIsId:
      (await clientOf(registry).getByGuid(guid)).schema === (await client.getBySubjectAndId(subject, id)).schema,
    level,
    levelAfterwards: await clientOf(registry).getCompatibility(subject),
    compatible,
    incompatible,
    refused: await statusOf(client.register(subject, info(brokenSchema), false)),
    latestIsNext: (await client.getLatestSchemaMetadata(subject)).id === next,
    versions: await client.getAllVersions(subject),
    versionOfSchema: await client.getVersion(subject, info(schema), false, false),
    isListed: (await client.getAllSubjects()).includes(subject),
    missing: await statusOf(client.getBySubjectAndId(subject, 1_000_000)),
    missingSubject: await statusOf(client.getLatestSchemaMetadata(`${subject}-none`)),
    missingVersion: await statusOf(clientOf(registry).getSchemaMetadata(subject, 9, false)),
    deleted: await client.deleteSubject(subject, false),
    deletedTwice: await statusOf(client.deleteSubject(subject, false)),
    deletedForGood: await client.deleteSubject(subject, true),
    isListedAfterwards: (await client.getAllSubjects()).includes(subject),
  })
}
