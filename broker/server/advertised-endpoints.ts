// What clients are told to connect to. Source: advertised.listeners in Kafka 4.3.0's AbstractKafkaConfig.

import type { BrokerConfig } from '../config/broker-config.ts'
import type { EndpointImage } from '../metadata/metadata-image.ts'

const securityProtocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL']

/** `bound` are the listeners as they are open: their ports stand for an advertised port of 0, `hostName` for no host. */
export function advertisedEndpoints(
  config: BrokerConfig,
  bound: readonly { readonly listener: string; readonly port: number }[],
  hostName: string,
): EndpointImage[] {
  return config.advertisedListeners.map(({ listener, protocol, host, port }) => ({
    name: listener,
    host: host ?? hostName,
    port: port === 0 ? (bound.find(each => each.listener === listener)?.port ?? 0) : port,
    securityProtocol: securityProtocols.indexOf(protocol),
  }))
}
