// `main.mjs kafkajs|confluent write|read|manage '{...}'`: one npm client of schema registries. Prints `@{...}` lines.

const [client, action, options] = process.argv.slice(2)
const { [action]: run } = await import(`./${client}-registry.mjs`)
try {
  await run(JSON.parse(options))
  process.exit(0)
} catch (cause) {
  console.error(cause)
  process.exit(1)
}
