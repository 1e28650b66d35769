// A uuid is kept as Kafka prints it: base64url of its 16 bytes without padding, 22 characters (org.apache.kafka.common.Uuid).
// A string compares and hashes as a map key, which a byte array does not.

export type Uuid = string

/** Kafka's Uuid.ZERO_UUID: "no id". */
export const zeroUuid: Uuid = 'AAAAAAAAAAAAAAAAAAAAAA'
/** Kafka's Uuid.ONE_UUID and Uuid.METADATA_TOPIC_ID: reserved for the metadata topic. */
export const metadataTopicId: Uuid = 'AAAAAAAAAAAAAAAAAAAAAQ'

const uuidPattern = /^[A-Za-z0-9_-]{21}[AQgw]$/

/** Whether the text is one uuid in canonical form. */
export function isUuid(text: string): boolean {
  return uuidPattern.test(text)
}

/** 16 bytes to a uuid. */
export function uuidOf(bytes: Uint8Array): Uuid {
  return Buffer.from(bytes.buffer, bytes.byteOffset, 16).toString('base64url')
}
