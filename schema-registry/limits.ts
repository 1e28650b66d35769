// All that can grow by what a client sends or asks for has its limit here, with the answer for "full".

export interface RegistryLimits {
  /** A request's body. Larger: 413. */
  readonly bodyBytesMax: number
  /** How deep lists and objects of a body or of a schema may nest, as Jackson's default. Deeper: 400, in a schema 42201. */
  readonly jsonDepthMax: number
  /** A record of `_schemas`, key and value: what a topic takes with Kafka's default max.message.bytes. Larger: 42209, a configuration 422. */
  readonly recordBytesMax: number
  /** A part of a path, such as a subject. Longer: 414. */
  readonly pathPartLengthMax: number
  /** Schemas that one refers to, those of its references included. More: 42201. */
  readonly referencesMax: number
  /** Texts of schemas that stay parsed, in characters. Fuller: the one not used for longest is parsed again when it is asked for. */
  readonly parsedCharsMax: number
  /** Writes that wait for the one before them. More: 429. */
  readonly waitingWritesMax: number
  /** Times that a registration is decided anew because somebody else took its id meanwhile. More: 50001. */
  readonly registrationTriesMax: number
  /** Schemas in one answer of /schemas and of referencedby, as Confluent's schema.search.max.limit. More: the next page (offset). */
  readonly schemasPerAnswerMax: number
  /** Requests of one client address within `rateWindowMs`. More: 429 until the window ends. */
  readonly requestsPerWindowMax: number
  readonly rateWindowMs: number
  /** Client addresses that are counted at a time. More: the one not seen for longest starts anew. */
  readonly countedClientsMax: number
  /** Connections at a time. More are closed at once. */
  readonly connectionsMax: number
  /** How long a request may take to arrive. Longer: 408 and the connection ends. */
  readonly requestArrivalMsMax: number
}

export const defaultLimits: RegistryLimits = {
  bodyBytesMax: 16 * 1024 * 1024,
  jsonDepthMax: 1000,
  recordBytesMax: 1_000_000,
  pathPartLengthMax: 4096,
  referencesMax: 1000,
  parsedCharsMax: 4 * 1024 * 1024,
  waitingWritesMax: 1000,
  registrationTriesMax: 10,
  schemasPerAnswerMax: 1000,
  requestsPerWindowMax: 600_000,
  rateWindowMs: 60_000,
  countedClientsMax: 10_000,
  connectionsMax: 4096,
  requestArrivalMsMax: 60_000,
}
