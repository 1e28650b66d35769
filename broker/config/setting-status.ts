// What becomes of a setting that somebody set: obeyed, warned about, refused, or not known at all.
//
// Kafka warns about names it does not know, because plug-ins may read them; Millrace has no plug-ins, so a name that
// nothing reads is a mistake and an error, which a typing error in a retention setting should be.

import { brokerSettings } from './broker-settings.ts'
import { didYouMean } from './closest-name.ts'
import { isListenerLimit } from './listener-limits.ts'
import type { Setting, SettingValue } from './setting.ts'
import { settingText } from './setting-text.ts'

export interface Verdict {
  readonly refused: boolean
  readonly text: string
}

/** Null: it is obeyed, or says what would hold anyway. `value` is null where the text could not be read. */
export function judgeSetting(name: string, setting: Setting | undefined, value: SettingValue | null): Verdict | null {
  if (isListenerLimit(name)) return null
  if (!setting) return judgeUnknown(name)
  if (setting.status === 'implemented') return null
  if (value === null || settingText(setting.type, value) === setting.default) return null
  if (setting.status === 'refuse') return { refused: true, text: `${name}: ${setting.advice}.` }
  return { refused: false, text: `${name} is ignored: ${setting.advice}.` }
}

/** Names outside Kafka's table that its plug-ins and listeners read, by prefix. */
const prefixes: readonly { prefix: string; refused: boolean; advice: string }[] = [
  {
    prefix: 'listener.name.',
    refused: true,
    advice:
      'of the settings of a single listener only max.connections is implemented, this one would be lost. Set it for all listeners, or remove it',
  },
  {
    prefix: 'config.providers.',
    refused: true,
    advice: 'config providers are not implemented. Write the values out and remove the setting',
  },
  { prefix: 'super.users', refused: true, advice: 'authorisation is not implemented yet. Remove the setting' },
  {
    prefix: 'allow.everyone.if.no.acl.found',
    refused: true,
    advice: 'authorisation is not implemented yet. Remove the setting',
  },
  { prefix: 'ssl.', refused: true, advice: 'TLS is not implemented yet. Remove the setting' },
  { prefix: 'sasl.', refused: true, advice: 'SASL authentication is not implemented yet. Remove the setting' },
  { prefix: 'zookeeper.', refused: true, advice: 'Kafka 4 has no ZooKeeper. Remove the setting' },
  { prefix: 'metrics.jmx.', refused: false, advice: 'Java metrics do not exist here' },
  { prefix: 'metrics.context.', refused: false, advice: 'Java metrics do not exist here' },
  { prefix: 'rlmm.config.', refused: false, advice: 'tiered storage is off, nothing reads it' },
  { prefix: 'rsm.config.', refused: false, advice: 'tiered storage is off, nothing reads it' },
]

/** Settings of Kafka 3 that Kafka 4 no longer has: the usual leftovers of a file that moved on. */
const removed = new Set([
  'inter.broker.protocol.version',
  'log.message.format.version',
  'log.message.downconversion.enable',
  'log.message.timestamp.difference.max.ms',
  'control.plane.listener.name',
  'broker.id.generation.enable',
  'reserved.broker.max.id',
  'offsets.commit.required.acks',
  'delegation.token.master.key',
  'password.encoder.secret',
  'auto.include.jmx.reporter',
  'group.coordinator.new.enable',
  'alter.partition.send.interval.ms',
])

function judgeUnknown(name: string): Verdict {
  const known = prefixes.find(({ prefix }) => name.startsWith(prefix))
  if (known?.refused) return { refused: true, text: `${name}: ${known.advice}.` }
  if (known) return { refused: false, text: `${name} is ignored: ${known.advice}.` }
  if (removed.has(name)) return { refused: true, text: `${name}: Kafka 4 no longer has this setting. Remove it.` }
  return { refused: true, text: `Unknown setting ${name}.${didYouMean(name, Object.keys(brokerSettings))}` }
}
