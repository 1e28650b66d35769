// A Java that is new enough for Apicurio's server, whose classes are of Java 21; the `java` on the path is often an older one.

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { processModule } from '../comparison/compat-module.ts'

export const javaNeeded = 21
/** Where Linux distributions put each Java in a folder of its own. */
const distributionsFolder = '/usr/lib/jvm'

/** The path of a `java`; rejects with a sentence where there is none. */
export async function newerJava(): Promise<string> {
  const { run } = await processModule()
  for (const java of candidates()) {
    const { status, stderr } = await run(java, ['-version'], { anyStatus: true })
    if (status === 0 && majorOf(stderr) >= javaNeeded) return java
  }
  throw new Error(`Java ${javaNeeded} or newer is needed: install one, or set JAVA_HOME to it`)
}

/** Of what `java -version` prints: 17 of `openjdk version "17.0.15"`; 0 when it says no version. */
export const majorOf = (text: string): number => Number(/version "(\d+)/.exec(text)?.[1] ?? 0)

function candidates(): string[] {
  const home = process.env.JAVA_HOME
  const installed = existsSync(distributionsFolder) ? readdirSync(distributionsFolder) : []
  const folders = [...(home ? [home] : []), ...installed.map(name => join(distributionsFolder, name))]
  return ['java', ...folders.map(folder => join(folder, 'bin', 'java')).filter(existsSync)]
}
