// Numbers that must not be mixed: an Offset given where a Position is expected does not compile; a plain number fits both.

declare const unit: unique symbol
type Measured<Unit extends string> = number & { readonly [unit]?: Unit }

/** Which record of a partition. */
export type Offset = Measured<'offset'>
/** Which byte of a segment file. */
export type Position = Measured<'position'>
/** Which leadership of a partition. */
export type LeaderEpoch = Measured<'leader epoch'>

/** A partition of a topic by name. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}
