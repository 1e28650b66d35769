// Every tool of the run by name: a function that fetches and builds what is missing and resolves with how to run it.
import { setupGo, setupKgo } from './go.mjs'
import { setupJava } from './java.mjs'
import { setupKcat } from './kcat.mjs'
import { setupNodeClients, setupRdkafka } from './node-clients.mjs'
import { setupPython } from './python.mjs'
import { setupSchemathesis } from './schemathesis.mjs'

export const tools = {
  java: setupJava,
  kcat: setupKcat,
  node: setupNodeClients,
  rdkafka: setupRdkafka,
  python: setupPython,
  go: setupGo,
  kgo: setupKgo,
  schemathesis: setupSchemathesis,
}
