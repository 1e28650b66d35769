// Who must say more when metadata.version rises.

import { expect, test } from 'vitest'
import { MetadataBench } from '../../../testing/metadata-bench.ts'
import { recordInput } from '../metadata-record.ts'
import { refreshRegistrations } from './registration-refresh.ts'

const node = {
  nodeId: 1,
  directories: ['AAAAAAAAAAAAAAAAAAAABQ'],
  registerController: () => recordInput('noOp', 0, {}),
}

test('a cluster that comes from 3.3-IV3: the controller registers, the broker names its directories, still unfenced', async () => {
  const { metadata } = await MetadataBench.serving()
  const broker = { ...metadata.image.brokers.get(1)!, directories: [], cordonedDirectories: null }
  const old = { ...metadata.image, brokers: new Map([[1, broker]]), controllers: new Map() } as typeof metadata.image
  expect(refreshRegistrations(old, node, 14)).toEqual([])
  expect(refreshRegistrations(old, node, 16).map(({ type }) => type)).toEqual(['noOp'])
  expect(refreshRegistrations(old, node, 30)).toMatchObject([
    { type: 'noOp' },
    {
      type: 'registerBroker',
      version: 4,
      value: { brokerEpoch: broker.epoch, fenced: false, logDirs: node.directories, cordonedLogDirs: [] },
    },
  ])
  expect(refreshRegistrations(metadata.image, node, 30)).toEqual([])
})
