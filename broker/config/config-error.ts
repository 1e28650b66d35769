// The configuration cannot be used: every problem that was found, each naming its setting, its value and what to do.

export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    const count = problems.length === 1 ? '' : `${problems.length} problems in the configuration:\n  `
    super(count + problems.join('\n  '))
    this.name = 'ConfigError'
    this.problems = problems
  }
}
