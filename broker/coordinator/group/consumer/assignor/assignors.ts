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

/** Those that are configured, by name, the default first; a name that is not known is left out. */
export function assignorsOf(names: readonly string[]): ReadonlyMap<string, Assignor> {
  const known = names.flatMap(name => builtIn.get(name) ?? [])
  return new Map((known.length > 0 ? known : [uniformAssignor]).map(assignor => [assignor.name, assignor]))
}
