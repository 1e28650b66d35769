// Which names a topic may have, with what is wrong in words.
// Source: org.apache.kafka.common.internals.Topic, Kafka 4.3.0.

export const topicNameLengthMax = 249
export const metadataTopic = '__cluster_metadata'

/** What is wrong with a topic's name; null: nothing. */
export function topicNameProblem(name: string): string | null {
  if (name === '') return 'the name of a topic cannot be empty'
  if (name === '.' || name === '..') return `a topic cannot be called '${name}'`
  if (name.length > topicNameLengthMax) {
    return `the topic name '${name}' has ${name.length} characters, ${topicNameLengthMax} is the limit`
  }
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
    return `the topic name '${name}' may only hold letters and digits of ASCII, '.', '_' and '-'`
  }
  return null
}
