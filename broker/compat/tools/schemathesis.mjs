// schemathesis from PyPI.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { virtualEnvironment } from './virtual-environment.mjs'

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'clients', 'schemathesis')

/** Resolves with the path of its command. */
export async function setupSchemathesis() {
  const command = await virtualEnvironment('schemathesis', join(folder, 'requirements.txt'), '3.10')
  // By the module and not by the script, whose first line names the folder in which it was made.
  return { command, args: ['-m', 'schemathesis.cli'] }
}
