// Everything that the channels of the client say, in order, for tests.

import { type ChannelName, type ClientMessages, onChannel } from '../client/index.ts'

export interface Heard<Name extends ChannelName = ChannelName> {
  readonly name: Name
  /** As it was when it was told: messages are filled in later. */
  readonly message: ClientMessages[Name]
}

export class HeardChannels implements Disposable {
  readonly all: Heard[] = []
  readonly #stops: (() => void)[]

  constructor(...names: readonly ChannelName[]) {
    this.#stops = names.map(name =>
      onChannel(name, message => this.all.push({ name, message: { ...message } as never })),
    )
  }

  of<Name extends ChannelName>(name: Name): ClientMessages[Name][] {
    return this.all.filter(heard => heard.name === name).map(({ message }) => message as ClientMessages[Name])
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop()
  }

  [Symbol.dispose](): void {
    this.stop()
  }
}
