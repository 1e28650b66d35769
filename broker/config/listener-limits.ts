// `listener.name.<listener>.max.connections`: how many connections one listener may have. The one setting of a single listener
// that is obeyed; it is read when the broker starts. Source: Kafka 4.3.0's ConnectionQuotas.ListenerConnectionQuota.

import type { BrokerConfig } from './broker-config.ts'

const pattern = /^listener\.name\.([^.]+)\.max\.connections$/
const countMax = 2 ** 31 - 1

export const isListenerLimit = (name: string): boolean => pattern.test(name)

/** By the listener's name; listeners without a limit are left out. */
export function listenerConnectionsMax(config: BrokerConfig): ReadonlyMap<string, number> {
  const limits = new Map<string, number>()
  for (const [name, text] of config.texts) {
    const listener = pattern.exec(name)?.[1]
    if (listener !== undefined) limits.set(listener.toUpperCase(), Number(text))
  }
  return limits
}

/** What is wrong with them, one line each. */
export function checkListenerLimits(config: BrokerConfig): readonly string[] {
  return [...config.texts].flatMap(([name, text]) => {
    const listener = pattern.exec(name)?.[1]
    if (listener === undefined) return []
    if (!hasListener(config, listener)) return [`${name}: there is no listener ${listener} for clients.`]
    const count = Number(text)
    const isCount = /^\d+$/.test(text.trim()) && count <= countMax
    return isCount ? [] : [`${name} is ${text}: it must be a whole number from 0 to ${countMax}.`]
  })
}

const hasListener = (config: BrokerConfig, name: string): boolean =>
  config.listeners.some(({ listener }) => listener.toUpperCase() === name.toUpperCase())
