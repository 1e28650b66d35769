// Which names a topic may have. Source: org.apache.kafka.common.internals.Topic, Kafka 4.3.0.

const legal = /^[a-zA-Z0-9._-]{1,249}$/

export const isLegalTopicName = (name: string): boolean => legal.test(name) && name !== '.' && name !== '..'

export const offsetsTopic = '__consumer_offsets'
export const transactionsTopic = '__transaction_state'
export const shareStateTopic = '__share_group_state'

export const isInternalTopic = (name: string): boolean =>
  name === offsetsTopic || name === transactionsTopic || name === shareStateTopic
