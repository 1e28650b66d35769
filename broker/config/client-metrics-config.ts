// Whether the settings of a client metrics subscription (KIP-714) are valid. Source: ClientMetricsConfigs of Kafka 4.3.0,
// whose mixture of error codes is kept. Patterns are checked as JavaScript's regular expressions, which are close to Java's.

import type { AlterError } from './alter-config.ts'
import type { SettingTexts } from './broker-config.ts'
import { clientMetricsSettings } from './client-metrics-settings.ts'
import { didYouMean } from './closest-name.ts'
import { parseSetting } from './parse-setting.ts'
import type { SettingTable } from './setting.ts'

const intervalMsMin = 100
const intervalMsMax = 3_600_000

const matchNames = [
  'client_instance_id',
  'client_id',
  'client_software_name',
  'client_software_version',
  'client_source_address',
  'client_source_port',
]

/** What is wrong with a subscription's settings; null: nothing. */
export function clientMetricsConfigError(overrides: SettingTexts): AlterError | null {
  const table: SettingTable = clientMetricsSettings
  const stranger = [...overrides.keys()].find(name => !Object.hasOwn(table, name))
  if (stranger !== undefined) {
    const message = `Unknown client metrics config name: ${stranger}.${didYouMean(stranger, Object.keys(table))}`
    return { error: 'INVALID_REQUEST', message }
  }
  for (const [name, text] of overrides) {
    const parsed = parseSetting(name, table[name]!, text)
    if ('problem' in parsed) return { error: 'INVALID_CONFIG', message: parsed.problem }
    const wrong = name === 'interval.ms' ? intervalError(parsed.value as number) : matchError(name, parsed.value)
    if (wrong) return wrong
  }
  return null
}

function intervalError(value: number): AlterError | null {
  const message = `interval.ms is ${value}: it must be from ${intervalMsMin} to ${intervalMsMax} (an hour).`
  return value < intervalMsMin || value > intervalMsMax ? { error: 'INVALID_REQUEST', message } : null
}

function matchError(name: string, value: unknown): AlterError | null {
  if (name !== 'match') return null
  const bad = (value as readonly string[]).find(pattern => !isPattern(pattern))
  if (bad === undefined) return null
  return {
    error: 'INVALID_CONFIG',
    message: `match: ${bad} is not of the form NAME=PATTERN, NAME being one of ${matchNames.join(', ')}.`,
  }
}

function isPattern(text: string): boolean {
  const parts = text.split('=')
  while (parts.at(-1) === '') parts.pop()
  const [name = '', pattern = ''] = parts
  if (parts.length !== 2 || !matchNames.includes(name.trim())) return false
  try {
    new RegExp(pattern.trim())
    return true
  } catch {
    return false
  }
}
