// Round robin: partitions of all topics in order, dealt to the members in turn; who does not subscribe to the topic is passed
// over. Source: org.apache.kafka.clients.consumer.RoundRobinAssignor, Kafka 4.3.0.

import { type Assignor, emptyAssignment, subscribedTopics } from './assignor.ts'
import { byInstanceOrMemberId } from './member-order.ts'

export const roundRobinAssignor: Assignor = {
  name: 'roundrobin',
  protocols: ['eager'],
  userData: () => null,
  assign(topics, members) {
    const assignment = emptyAssignment(members)
    const ring = [...members]
      .sort(byInstanceOrMemberId)
      .map(({ memberId, subscription }) => ({ memberId, topics: new Set(subscription.topics) }))
    const wanted = subscribedTopics(topics, members)
    let turn = 0
    for (const topic of [...wanted.keys()].sort()) {
      for (let partition = 0; partition < wanted.get(topic)!.partitions; partition += 1) {
        while (!ring[turn]!.topics.has(topic)) turn = (turn + 1) % ring.length
        assignment.get(ring[turn]!.memberId)!.push({ topic, partition })
        turn = (turn + 1) % ring.length
      }
    }
    return assignment
  },
}
