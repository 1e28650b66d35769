import { expect, test } from 'vitest'
import { registryAddressOf } from './registry-address.ts'

const at = (options: { registry?: string; port?: string; config?: string }) =>
  registryAddressOf({ set: [], ...options })

test('on the standard port with the standard profile there is a registry at 127.0.0.1:8081', () => {
  expect(at({})).toEqual({ host: '127.0.0.1', port: 8081 })
})

test('beside a broker on a port of one’s own, or of a cluster, only where it is asked for', () => {
  expect(at({ port: '19092' })).toBeUndefined()
  expect(at({ config: 'server.properties' })).toBeUndefined()
  expect(at({ port: '19092', registry: '18081' })).toEqual({ host: '127.0.0.1', port: 18081 })
  expect(at({ config: 'server.properties', registry: '0.0.0.0:8081' })).toEqual({ host: '0.0.0.0', port: 8081 })
})

test('off is none; anything else is an error that names the option', () => {
  expect(at({ registry: 'off' })).toBeUndefined()
  expect(() => at({ registry: 'on' })).toThrow('--registry on: give a port')
})
