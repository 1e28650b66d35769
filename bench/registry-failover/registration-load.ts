// People who register schemas with any of several instances, each schema until it is acknowledged; now and then one that is
// there already. What was acknowledged must stay.

export interface Acknowledged {
  readonly subject: string
  readonly schema: string
  readonly id: number
}

interface LoadOptions {
  readonly urls: readonly string[]
  readonly clients: number
  readonly registrationsPerSecond: number
}

const subjects = 8
const requestTimeoutMs = 20_000
const repeatedOneIn = 5

export class RegistrationLoad {
  /** By subject and schema. */
  readonly acknowledged = new Map<string, Acknowledged>()
  /** What no answer may say. */
  readonly wrong: string[] = []
  attempts = 0
  refusals = 0
  /** The longest time without an acknowledgement. */
  longestGapMs = 0
  readonly #options: LoadOptions
  readonly #schemaOfId = new Map<number, string>()
  readonly #schemas: string[] = []
  #lastMs = performance.now()
  #isOver = false

  constructor(options: LoadOptions) {
    this.#options = options
  }

  /** Runs until `stop`; resolves when everything begun has been acknowledged. */
  async run(): Promise<void> {
    this.#lastMs = performance.now()
    await Promise.all(Array.from({ length: this.#options.clients }, () => this.#client()))
  }

  stop(): void {
    this.#isOver = true
  }

  async #client(): Promise<void> {
    const { clients, registrationsPerSecond } = this.#options
    while (!this.#isOver) {
      await pause((Math.random() * 2 * 1000 * clients) / registrationsPerSecond)
      const subject = `orders-${Math.floor(Math.random() * subjects)}`
      const schema = this.#nextSchema()
      while (!(await this.#register(subject, schema))) await pause(100)
    }
  }

  /** Each a version that can read the one before: only the documentation changes. */
  #nextSchema(): string {
    const isRepeated = this.#schemas.length > 0 && Math.random() < 1 / repeatedOneIn
    if (isRepeated) return this.#schemas[Math.floor(Math.random() * this.#schemas.length)]!
    const fields = [{ name: 'total', type: 'long' }]
    const schema = JSON.stringify({ type: 'record', name: 'Order', doc: `${this.#schemas.length}`, fields })
    this.#schemas.push(schema)
    return schema
  }

  async #register(subject: string, schema: string): Promise<boolean> {
    const { urls } = this.#options
    const url = urls[Math.floor(Math.random() * urls.length)]!
    this.attempts += 1
    try {
      const answer = await fetch(`${url}/subjects/${subject}/versions`, {
        method: 'POST',
        headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
        body: JSON.stringify({ schema }),
        signal: AbortSignal.timeout(requestTimeoutMs),
      })
      const said = (await answer.json()) as { id?: number; error_code?: number; message?: string }
      if (answer.status === 200) this.#acknowledge({ subject, schema, id: said.id! })
      else if (answer.status < 500 && answer.status !== 429) {
        this.wrong.push(`${url} refused a schema: ${answer.status} ${said.error_code} ${said.message}`)
        return true
      }
      return answer.status === 200
    } catch {
      this.refusals += 1
      return false
    }
  }

  #acknowledge(acknowledged: Acknowledged): void {
    const { subject, schema, id } = acknowledged
    const nowMs = performance.now()
    this.longestGapMs = Math.max(this.longestGapMs, nowMs - this.#lastMs)
    this.#lastMs = nowMs
    const known = this.#schemaOfId.get(id)
    if (known !== undefined && known !== schema) this.wrong.push(`id ${id} was acknowledged for two schemas`)
    const before = this.acknowledged.get(`${subject} ${schema}`)
    if (before !== undefined && before.id !== id)
      this.wrong.push(`a schema of ${subject} had id ${before.id}, now ${id}`)
    this.#schemaOfId.set(id, schema)
    this.acknowledged.set(`${subject} ${schema}`, acknowledged)
  }
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
