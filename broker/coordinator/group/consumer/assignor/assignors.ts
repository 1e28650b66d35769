// The assignors a broker has. Source: Kafka 4.3.0's GroupCoordinatorConfig (group.consumer.assignors).

import type { Assignor } from './group-spec.ts'
import { rangeAssignor } from './range-assignor.ts'
import { uniformAssignor } from './uniform-assignor.ts'

const builtIn: ReadonlyMap<string, Assignor> = new Map(
  [uniformAssignor, rangeAssignor].flatMap(assignor => [
    [assignor.name, assignor],
    // By class, as Kafka's settings may have them.
    [`org.apache.kafka.coordinator.group.assignor.${capitalized(assignor.name)}Assignor`, assignor],
  ]),
)

function capitalized(name: string): string {
  return name[0]!.toUpperCase() + name.slice(1)
}

/** Those that are configured, by name, the default first. Others have been refused (broker-rules.ts). */
export function assignorsOf(names: readonly string[]): ReadonlyMap<string, Assignor> {
  return new Map(names.map(name => builtIn.get(name)!).map(assignor => [assignor.name, assignor]))
}
