// To the controller, for what it decides and for what any broker answers: since Kafka 2.8 each broker passes on what is the
// controller's, and names one of its own kind as the controller.

import { ClientError } from '../../client-error.ts'
import type { Broker } from '../../cluster/broker.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { same } from '../answers.ts'
import { imageFor, type Route } from './route.ts'

const again = new Set(['NOT_CONTROLLER', 'THROTTLING_QUOTA_EXCEEDED', 'COORDINATOR_LOAD_IN_PROGRESS'])

export function controllerRoute<Item>(cluster: Cluster): Route<Item> {
  return {
    again,
    async find(items, attempt) {
      const image = await imageFor(cluster, attempt)
      const controller = image.brokers.get(image.controllerId)
      const nodes = controller === undefined ? [...image.brokers.values()] : [controller, ...image.brokers.values()]
      const brokers = nodes.map(node => cluster.broker(node))
      const broker = brokers.find(({ isAvailable }) => isAvailable) ?? brokers[0]
      return same<Broker | ClientError>(items.keys(), broker ?? noBroker())
    },
  }
}

function noBroker(): ClientError {
  return new ClientError('NO_BROKER_AVAILABLE', 'the metadata name no broker')
}
