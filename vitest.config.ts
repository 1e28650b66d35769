import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', 'dist/**', 'broker/compat/**'],
    testTimeout: 20_000,
    pool: 'forks',
  },
})
