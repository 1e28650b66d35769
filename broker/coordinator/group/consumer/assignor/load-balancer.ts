// Who of a topic's subscribers is to get a partition, and who is to give one up, so that all have about the same number.
//
// Subscribers are sorted by how many partitions they had at the start. Two ranges of them grow towards each other: the least
// loaded, whose members all have the same number once each has been asked; and the most loaded. A member that has nothing of
// the topic to give is taken out of the latter. The ranges need not meet: it is done when their numbers differ by one or less.
// Source: Kafka 4.3.0's UniformHeterogeneousAssignmentBuilder.MemberAssignmentBalancer.

export class LoadBalancer {
  readonly #loads: readonly number[]
  readonly #members: number[]
  #leastEnd = 0
  #leastLoad: number
  #nextLeast = 0
  #mostStart: number
  #mostEnd: number
  #mostLoad: number
  #nextMost: number
  /** Between the most and the least loaded subscriber, at the start. */
  readonly imbalance: number

  /** `subscribers`: indexes of members, at least one; `loads`: partitions of each member of the group, as they change. */
  constructor(subscribers: readonly number[], loads: readonly number[]) {
    this.#loads = loads
    this.#members = [...subscribers].sort((one, other) => loads[one]! - loads[other]! || one - other)
    const [least, most] = [loads[this.#members[0]!]!, loads[this.#members.at(-1)!]!]
    this.imbalance = most - least
    this.#leastLoad = least - 1
    this.#mostLoad = most + 1
    this.#mostStart = this.#members.length
    this.#mostEnd = this.#members.length
    this.#nextMost = this.#members.length - 1
  }

  get isBalanced(): boolean {
    return this.#mostLoad - this.#leastLoad <= 1
  }

  /** The member that gets the next partition. */
  takeLeastLoaded(): number {
    if (this.#nextLeast >= this.#leastEnd) {
      // Everybody in the range has got one: those who had one more are their equals now.
      this.#leastLoad++
      while (this.#leastEnd < this.#members.length && this.#loadAt(this.#leastEnd) === this.#leastLoad) this.#leastEnd++
      this.#nextLeast = 0
    }
    return this.#members[this.#nextLeast++]!
  }

  /** The member that gives up the next partition, if it can (else `excludeMostLoaded`); undefined: nobody is left. */
  takeMostLoaded(): number | undefined {
    if (this.#nextMost < this.#mostStart) this.#expandMost()
    return this.#nextMost < 0 ? undefined : this.#members[this.#nextMost--]!
  }

  /** The member taken last has nothing to give up. */
  excludeMostLoaded(): void {
    const place = this.#nextMost + 1
    const member = this.#members[place]!
    this.#mostEnd--
    this.#members[place] = this.#members[this.#mostEnd]!
    this.#members[this.#mostEnd] = member
  }

  #expandMost(): void {
    // A range that has lost all its members must grow, or one from outside of it would be taken next.
    const isEmpty = this.#mostEnd <= this.#mostStart && this.#mostStart > 0
    this.#mostLoad = isEmpty ? this.#loadAt(this.#mostStart - 1) : this.#mostLoad - 1
    while (this.#mostStart > 0 && this.#loadAt(this.#mostStart - 1) === this.#mostLoad) this.#mostStart--
    this.#nextMost = this.#mostEnd - 1
  }

  #loadAt(place: number): number {
    return this.#loads[this.#members[place]!]!
  }
}
