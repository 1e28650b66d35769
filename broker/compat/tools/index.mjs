// Every tool of the run by name: a function that fetches and builds what is missing and resolves with how to run it.
import { setupJava } from './java.mjs'

export const tools = { java: setupJava }
