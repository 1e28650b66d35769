// What only Kafka writes in this run: quotas, access control lists and credentials, which our broker does not implement and must
// bring through its turn untouched, also through the snapshots that it writes. Written and read in Kafka's turns only.

import { alterClientQuotas } from '../../protocol/messages/alter-client-quotas.ts'
import { alterUserScramCredentials } from '../../protocol/messages/alter-user-scram-credentials.ts'
import { apiVersions } from '../../protocol/messages/api-versions.ts'
import { createAcls } from '../../protocol/messages/create-acls.ts'
import { describeAcls } from '../../protocol/messages/describe-acls.ts'
import { describeClientQuotas } from '../../protocol/messages/describe-client-quotas.ts'
import { describeUserScramCredentials } from '../../protocol/messages/describe-user-scram-credentials.ts'
import { updateFeatures } from '../../protocol/messages/update-features.ts'
import type { Facts } from './facts.ts'
import { check, type Requests } from './requests.ts'

/** Settings for Kafka's turns: access control lists need an authorizer. */
export const kafkaOnlySettings = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS',
  'allow.everyone.if.no.acl.found': 'true',
}

/** As Kafka 4.3.0 formats a directory. */
const features = { 'group.version': 1, 'share.version': 1, 'streams.version': 1, 'transaction.version': 2 }
const upgrade = 1
const software = { clientSoftwareName: 'swap', clientSoftwareVersion: '1' }
const scramSha256 = 1
/** In the protocol's numbers: any resource, any pattern, any operation, any permission. */
const any = 1
const topicResource = 2
const literalPattern = 3
const readOperation = 3
const allow = 3

export class KafkaOnly {
  #round = 0

  async write(requests: Requests): Promise<void> {
    this.#round++
    if (this.#round === 1) await this.#raiseFeatures(requests)
    await this.#alterQuotas(requests)
    await this.#alterScramCredentials(requests)
    await this.#createAcl(requests)
  }

  /** What must be the same when Kafka has the directory again. */
  async read(requests: Requests): Promise<Facts> {
    const facts: Facts = new Map()
    await this.#readMetadata(requests, facts)
    return facts
  }

  async #readMetadata(requests: Requests, facts: Facts): Promise<void> {
    const quotas = await requests.send(describeClientQuotas, 1, { components: [], strict: false })
    for (const { entity, values } of quotas.entries ?? []) {
      facts.set(`quota ${JSON.stringify(entity)}`, JSON.stringify(values))
    }
    const scram = await requests.send(describeUserScramCredentials, 0, { users: null })
    for (const { user, credentialInfos } of scram.results) facts.set(`scram ${user}`, JSON.stringify(credentialInfos))
    const acls = await requests.send(describeAcls, 3, {
      ...{ resourceTypeFilter: any, resourceNameFilter: null, patternTypeFilter: any },
      ...{ principalFilter: null, hostFilter: null, operation: any, permissionType: any },
    })
    for (const { resourceName, acls: entries } of acls.resources) {
      facts.set(
        `acl ${resourceName}`,
        entries
          .map(entry => JSON.stringify(entry))
          .sort()
          .join(),
      )
    }
  }

  /** Our broker formats with the features that it implements; Kafka's operators raise the others, and we keep them. */
  async #raiseFeatures(requests: Requests): Promise<void> {
    const { finalizedFeatures } = await requests.send(apiVersions, 3, software)
    const isRaised = (feature: string) => finalizedFeatures.some(({ name }) => name === feature)
    const featureUpdates = Object.entries(features)
      .filter(([feature]) => !isRaised(feature))
      .map(([feature, maxVersionLevel]) => ({ feature, maxVersionLevel, upgradeType: upgrade }))
    if (featureUpdates.length === 0) return
    const answer = await requests.send(updateFeatures, 1, { timeoutMs: 10_000, featureUpdates, validateOnly: false })
    check('UpdateFeatures', answer.errorCode, answer.errorMessage)
    for (const { feature, errorCode } of answer.results) check(`UpdateFeatures of ${feature}`, errorCode)
  }

  async #alterQuotas(requests: Requests): Promise<void> {
    const entity = [{ entityType: 'client-id', entityName: `client-${this.#round}` }]
    const ops = [{ key: 'consumer_byte_rate', value: 1e9 + this.#round, remove: false }]
    const answer = await requests.send(alterClientQuotas, 1, { entries: [{ entity, ops }], validateOnly: false })
    check('AlterClientQuotas', answer.entries[0]!.errorCode, answer.entries[0]!.errorMessage)
  }

  async #alterScramCredentials(requests: Requests): Promise<void> {
    const [salt, saltedPassword] = [Buffer.alloc(16, this.#round), Buffer.alloc(32, this.#round)]
    const upsertions = [
      { name: `user-${this.#round}`, mechanism: scramSha256, iterations: 4096 + this.#round, salt, saltedPassword },
    ]
    const answer = await requests.send(alterUserScramCredentials, 0, { deletions: [], upsertions })
    check('AlterUserScramCredentials', answer.results[0]!.errorCode, answer.results[0]!.errorMessage)
  }

  async #createAcl(requests: Requests): Promise<void> {
    const resource = {
      resourceType: topicResource,
      resourceName: `acl-${this.#round}`,
      resourcePatternType: literalPattern,
    }
    const entry = { principal: 'User:somebody', host: '*', operation: readOperation, permissionType: allow }
    const answer = await requests.send(createAcls, 3, { creations: [{ ...resource, ...entry }] })
    check('CreateAcls', answer.results[0]!.errorCode, answer.results[0]!.errorMessage)
  }
}
