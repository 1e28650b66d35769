// What a contract suite needs round the thing under test, so that it runs in real and in simulated time.

export interface Bench {
  /** Runs a test's body to its end; in simulated time by running events until it has settled. */
  run(body: () => Promise<void>): Promise<void>
  close(): Promise<void>
}
