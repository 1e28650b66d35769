// Where answers name brokers, and how to name others in their place.

import { describeCluster } from '../../../protocol/messages/describe-cluster.ts'
import { fetch } from '../../../protocol/messages/fetch.ts'
import { findCoordinator } from '../../../protocol/messages/find-coordinator.ts'
import { metadata } from '../../../protocol/messages/metadata.ts'
import { produce } from '../../../protocol/messages/produce.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

type Rename = (address: Address) => Promise<Address>
type Renaming = (body: object, rename: Rename) => Promise<object>

async function renamed(all: readonly Address[], rename: Rename): Promise<Address[]> {
  // Port 0, or -1: no broker is meant.
  return Promise.all(all.map(async each => (each.port > 0 ? { ...each, ...(await rename(each)) } : each)))
}

const brokers: Renaming = async (body, rename) => {
  return { ...body, brokers: await renamed((body as { brokers: Address[] }).brokers, rename) }
}

const endpoints: Renaming = async (body, rename) => {
  return { ...body, nodeEndpoints: await renamed((body as { nodeEndpoints: Address[] }).nodeEndpoints, rename) }
}

/** One up to version 3, several since. */
const coordinators: Renaming = async (body, rename) => {
  const { host, port, coordinators: all } = body as Address & { coordinators: Address[] }
  const [one] = await renamed([{ host, port }], rename)
  return { ...body, ...one, coordinators: await renamed(all, rename) }
}

/** By API key. */
export const withAddresses: ReadonlyMap<number, Renaming> = new Map([
  [metadata.key, brokers],
  [describeCluster.key, brokers],
  [findCoordinator.key, coordinators],
  [produce.key, endpoints],
  [fetch.key, endpoints],
])
