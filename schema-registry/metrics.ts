// The registry's metrics as Prometheus reads them, under /metrics: what has been asked and how long it took, what is known, how far the
// topic has been read. Names begin with `millrace_registry_`.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry as PromRegistry } from 'prom-client'
import type { Registry } from './registry.ts'

export class RegistryMetrics {
  readonly #prom = new PromRegistry()
  readonly #requests: Counter<'operation' | 'status'>
  readonly #durations: Histogram<'operation'>
  #isProcessWatched = false

  constructor(registry: Registry) {
    const registers = [this.#prom]
    this.#requests = new Counter({
      name: 'millrace_registry_requests_total',
      help: 'Answered requests, by operation and status.',
      labelNames: ['operation', 'status'],
      registers,
    })
    this.#durations = new Histogram({
      name: 'millrace_registry_request_duration_seconds',
      help: 'From a request’s arrival to its answer, by operation.',
      labelNames: ['operation'],
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers,
    })
    for (const [name, help, read] of gaugesOf(registry)) {
      new Gauge({ name: `millrace_registry_${name}`, help, registers, collect: function () { this.set(read()) } }) // biome-ignore format: one thought
    }
  }

  get contentType(): string {
    return this.#prom.contentType
  }

  /** @param operation the route's name; `none` where there was no route */
  answered(operation: string, status: number, durationMs: number): void {
    this.#requests.inc({ operation, status: String(status) })
    this.#durations.observe({ operation }, durationMs / 1000)
  }

  write(): Promise<string> {
    this.#watchProcess()
    return this.#prom.metrics()
  }

  // What the process costs is watched from the first time that somebody asks, since the watching costs something itself.
  #watchProcess(): void {
    if (this.#isProcessWatched) return
    this.#isProcessWatched = true
    collectDefaultMetrics({ register: this.#prom })
  }
}

function gaugesOf(registry: Registry): ReadonlyArray<[string, string, () => number]> {
  const { state, log, leadership, context } = registry
  return [
    ['subjects', 'Subjects, those of which all versions are deleted included.', () => state.subjectCount],
    ['schemas', 'Different schemas, deleted ones included.', () => state.contentCount],
    ['parsed_schemas', 'Schemas that are kept parsed.', () => context.parsed.count],
    ['ignored_records', 'Records of the topic that could not be read or took an id that stands for another schema.', () => state.ignoredCount], // biome-ignore format: one thought
    [
      'applied_offset',
      'Offset after the last record of the topic that has been read.',
      () => Number(log.appliedOffset),
    ],
    ['waiting_writes', 'Writes that are under way or wait.', () => registry.waitingWriteCount],
    ['is_leader', '1 where this instance leads, else 0.', () => (leadership.isLeader ? 1 : 0)],
  ]
}
