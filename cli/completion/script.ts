// The scripts that complete commands and options in a shell. Pure: the commands are an argument.

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

export interface CompletedOption {
  readonly names: readonly string[]
  readonly description: string
  readonly takesValue: boolean
}

export interface Word {
  readonly name: string
  readonly description: string
  readonly options: readonly CompletedOption[]
  readonly words: readonly Word[]
}

export function completionScript(shell: Shell, program: Word): string {
  if (shell === 'fish') return fish(program)
  return shell === 'bash' ? bash(program) : zsh(program)
}

interface Place {
  /** "topic list"; empty for the program itself. */
  readonly path: string
  readonly word: Word
}

function placesOf(program: Word): Place[] {
  const below = (word: Word, path: string): Place[] => [
    { path, word },
    ...word.words.flatMap(each => below(each, path === '' ? each.name : `${path} ${each.name}`)),
  ]
  return below(program, '')
}

const candidates = (word: Word) => [
  ...word.words.map(({ name }) => name),
  ...word.options.flatMap(({ names }) => names),
]
const valued = (word: Word) => word.options.filter(({ takesValue }) => takesValue).flatMap(({ names }) => names)

/** The words before the cursor that are commands make up the place; behind an option with a value, files are offered. */
function bash(program: Word): string {
  const cases = placesOf(program).map(
    ({ path, word }) => `    '${path}') words='${candidates(word).join(' ')}' valued='${valued(word).join(' ')}' ;;`,
  )
  const paths = placesOf(program).map(({ path }) => `'${path}'`)
  return `# bash completion for ${program.name}: source <(${program.name} completion bash)
_${program.name}() {
  local path='' next words valued i
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="\${path:+$path }\${COMP_WORDS[i]}"
    case "$next" in ${paths.filter(path => path !== "''").join('|')}) path="$next" ;; esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  case " $valued " in *" \${COMP_WORDS[COMP_CWORD-1]} "*) COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")); return ;; esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _${program.name} ${program.name}
`
}

/** zsh runs what bash does. */
function zsh(program: Word): string {
  return `#compdef ${program.name}
# zsh completion for ${program.name}: source <(${program.name} completion zsh)
autoload -U +X bashcompinit && bashcompinit
${bash(program)}`
}

function fish(program: Word): string {
  const { name } = program
  const lines = placesOf(program).flatMap(({ path, word }) => {
    const condition = `-n '__${name}_at "${path}"'`
    const words = word.words.map(
      each => `complete -c ${name} -f ${condition} -a ${each.name} -d ${quoted(each.description)}`,
    )
    const options = word.options.map(({ names, description, takesValue }) => {
      const flags = names.map(each => (each.startsWith('--') ? `-l ${each.slice(2)}` : `-s ${each.slice(1)}`))
      return `complete -c ${name} ${condition} ${flags.join(' ')}${takesValue ? ' -r' : ''} -d ${quoted(description)}`
    })
    return [...words, ...options]
  })
  const paths = placesOf(program).map(({ path }) => `"${path}"`)
  return `# fish completion for ${name}: ${name} completion fish > ~/.config/fish/completions/${name}.fish
function __${name}_at
  set -l path ""
  for word in (commandline -opc)[2..-1]
    set -l next (string trim "$path $word")
    if contains -- "$next" ${paths.filter(path => path !== '""').join(' ')}
      set path "$next"
    end
  end
  test "$path" = "$argv[1]"
end
${lines.join('\n')}
`
}

const quoted = (text: string) => `'${text.replace(/'/g, "\\'")}'`
