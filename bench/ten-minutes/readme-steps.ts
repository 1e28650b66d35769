// The code blocks of a README as steps. A shell block is run, unless it says that it is for a terminal of its own, where it stays, or
// that it fails, which it must then; a block that begins with a file's name in a comment is that file; a text block is what the shell
// block before it prints.

export type Step =
  | {
      readonly kind: 'run' | 'stay'
      readonly script: string
      /** On standard output; of one that fails, on standard error after that. */
      readonly prints: string | undefined
      /** Its exit code is not 0. */
      readonly fails: boolean
    }
  | { readonly kind: 'file'; readonly name: string; readonly text: string }

const ownTerminal = '# in a terminal of its own\n'
const failing = '# fails\n'

/** Of one section, by its heading. Throws when there is none, or a block that is none of these. */
export function readmeSteps(markdown: string, heading: string): Step[] {
  const section = markdown.split(/^## /m).find(part => part.startsWith(`${heading}\n`))
  if (section === undefined) throw new Error(`the README has no section "${heading}"`)
  const steps: Step[] = []
  for (const [, language, text] of section.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)) {
    if (language === 'text') tellWhatIsPrinted(steps, text!)
    else steps.push(stepOf(language!, text!))
  }
  return steps
}

function stepOf(language: string, text: string): Step {
  if (language === 'sh') {
    const kind = text.startsWith(ownTerminal) ? 'stay' : 'run'
    const fails = text.startsWith(failing)
    return { kind, script: text.replace(ownTerminal, '').replace(failing, ''), prints: undefined, fails }
  }
  const name = /^\/\/ ([\w.-]+)\n/.exec(text)?.[1]
  if (name === undefined) throw new Error(`a block of ${language} does not begin with its file's name: ${text}`)
  return { kind: 'file', name, text }
}

function tellWhatIsPrinted(steps: Step[], prints: string): void {
  const last = steps.pop()
  if (last?.kind !== 'run') throw new Error(`nothing is run before this is printed: ${prints}`)
  steps.push({ ...last, prints })
}
