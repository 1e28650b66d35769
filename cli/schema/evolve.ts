// `millrace schema evolve`: what a change of a schema means under each compatibility level, and who is upgraded first.

import { normalize } from 'node:path'
import {
  compatibilityLevels,
  type LevelVerdict,
  upgradeOrder,
  verdictAt,
} from '../../schema-registry/evolution/compatibility-levels.ts'
import { schemaChanges } from '../../schema-registry/evolution/schema-changes.ts'
import type { RegistryClient } from '../../schema-registry/registry-client/registry-client.ts'
import { Failure } from '../terminal/failure.ts'
import type { Session } from '../terminal/session.ts'
import type { Cell } from '../terminal/view.ts'
import { earlierVersions } from './check.ts'
import { changesView } from './diff.ts'
import { readSchemaFiles } from './files.ts'
import { type SubjectFlags, subjectsOf } from './subjects.ts'
import { faultLines, faultValue } from './verdict.ts'

export async function evolveSchema(
  session: Session,
  registry: RegistryClient,
  flags: SubjectFlags,
  path: string,
  others: readonly string[],
): Promise<void> {
  const { signal } = session
  const { files } = readSchemaFiles([path, ...others])
  const file = files.find(each => each.path === normalize(path))
  if (file === undefined) throw new Failure(`${path}: name the file whose change is asked about first`)
  const subject = subjectsOf(files, flags).get(file)!
  const earlier = await earlierVersions(registry, subject, signal)
  const latest = earlier.at(-1)
  if (latest === undefined) throw new Failure(`${subject} has no version yet: every level allows the first one`)
  const applying = await registry.compatibilityLevel(subject, { signal })
  const verdicts = compatibilityLevels.map(level => verdictAt(level, file.schema, earlier))
  const changes = schemaChanges(latest.schema.node, file.schema.node)
  const heading = `${subject}  version ${latest.version} -> ${path}`
  if (session.form === 'table') session.show(changesView(heading, changes))
  session.show({
    columns: ['LEVEL', 'ALLOWED', 'UPGRADE', 'BECAUSE'],
    rows: verdicts.map(verdict => rowOf(verdict, applying)),
    json: {
      subject,
      from: latest.version,
      applying,
      changes,
      levels: verdicts.map(({ level, comparedWith, faults }) => ({
        level,
        isAllowed: faults.length === 0,
        upgrade: upgradeOrder(level),
        comparedWith,
        faults: faults.map(faultValue),
      })),
    },
  })
  const worst = verdicts.find(({ level }) => level === 'FULL')!
  if (session.form === 'table' && worst.faults.length > 0) session.tell(faultLines(worst).join('\n'), undefined)
}

function rowOf(verdict: LevelVerdict, applying: string): Cell[] {
  const { level, faults, comparedWith } = verdict
  const name = level === applying ? `${level} *` : level
  if (faults.length === 0) return [name, 'yes', upgradeOrder(level), reasonFor(comparedWith)]
  const [{ incompatibility, version, direction }] = faults as [LevelVerdict['faults'][number]]
  const who = direction === 'backward' ? `version ${version} cannot be read` : `version ${version} cannot read it`
  return [name, 'no', undefined, `${who}: ${incompatibility.type} at ${incompatibility.path || '/'}`]
}

function reasonFor(comparedWith: readonly number[]): string {
  if (comparedWith.length === 0) return 'nothing is compared'
  const versions = comparedWith.length === 1 ? `version ${comparedWith[0]}` : `all ${comparedWith.length} versions`
  return `compatible with ${versions}`
}
