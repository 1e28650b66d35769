// What a handler is told of the request it decides, and may ask of the connection. One object without closures: it is made for each request.

import type { RequestFrame } from '../../protocol/framing.ts'
import type { Slot } from './answer-queue.ts'
import type { RequestContext } from './handler.ts'
import type { Services } from './services.ts'

/** What the session knows and does, the same for all its requests. */
export interface RequestOwner
  extends Pick<RequestContext, 'services' | 'clientHost' | 'connectionId' | 'listenerName' | 'holdUp'> {
  /** The connection is gone. */
  isClosed(): boolean
  noteClosing(reason: string): void
}

export class DecidedRequest implements RequestContext {
  readonly services: Services
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | null
  readonly clientHost: string
  readonly connectionId: string
  readonly listenerName: string
  readonly #owner: RequestOwner
  readonly #slot: Slot

  constructor(owner: RequestOwner, slot: Slot, { apiVersion, correlationId, clientId }: RequestFrame) {
    this.services = owner.services
    this.apiVersion = apiVersion
    this.correlationId = correlationId
    this.clientId = clientId
    this.clientHost = owner.clientHost
    this.connectionId = owner.connectionId
    this.listenerName = owner.listenerName
    this.#owner = owner
    this.#slot = slot
  }

  afterSend(release: () => void): void {
    const slot = this.#slot
    if (this.#owner.isClosed()) release()
    else if (slot.releases === undefined) slot.releases = [release]
    else slot.releases.push(release)
  }

  requestIsDone(): void {
    this.#slot.isFrameFree = true
  }

  holdUp(): () => void {
    return this.#owner.holdUp()
  }

  closeConnection(reason: string): void {
    this.#slot.closes = true
    this.#owner.noteClosing(reason)
  }
}
