// Where partitions are to lie that are not here yet: AlterReplicaLogDirs came before them.
// Source: Kafka 4.3.0's LogManager.preferredLogDirs, which nothing bounds.

/** Partitions that are remembered. Full: the one that was named longest ago is forgotten. */
export const preferredDirectoriesMax = 10_000

export class PreferredDirectories {
  readonly #paths = new Map<string, string>()

  set(topic: string, partition: number, path: string): void {
    const name = `${topic}-${partition}`
    this.#paths.delete(name)
    this.#paths.set(name, path)
    if (this.#paths.size > preferredDirectoriesMax) this.#paths.delete(this.#paths.keys().next().value!)
  }

  /** The path that was named last; forgotten from here on. */
  take(topic: string, partition: number): string | undefined {
    const name = `${topic}-${partition}`
    const path = this.#paths.get(name)
    this.#paths.delete(name)
    return path
  }
}
