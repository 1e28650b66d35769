import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', 'dist/**', 'broker/compat/**'],
    testTimeout: 20_000,
    pool: 'forks',
    // Left to itself, vitest keeps a processor free: on a machine with two it would run one file after the other.
    maxWorkers: '100%',
  },
})
