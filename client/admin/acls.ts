// Access control lists. Sources: DescribeAcls, CreateAcls, DeleteAcls (KIP-11, KIP-290); Java's methods stand in brackets.

import { createAcls } from '../../protocol/messages/create-acls.ts'
import { deleteAcls } from '../../protocol/messages/delete-acls.ts'
import { describeAcls } from '../../protocol/messages/describe-acls.ts'
import type { ClientError } from '../client-error.ts'
import type { Broker } from '../cluster/broker.ts'
import {
  type AclOperation,
  type AclPatternType,
  type AclPermission,
  type AclResourceType,
  aclOperations,
  aclPatternTypes,
  aclPermissions,
  aclResourceTypes,
} from './acl-names.ts'
import { check, failure } from './answers.ts'
import type { Attempt, CallOptions } from './call-options.ts'
import type { AdminCalls } from './calls.ts'
import { Outcomes } from './outcomes.ts'
import { controllerRoute } from './routing/controller-route.ts'

/** Who may do what with what, from where. */
export interface AclBinding {
  readonly resourceType: AclResourceType
  readonly resourceName: string
  /** 'PREFIXED': all whose names begin so. 'LITERAL' when left out. */
  readonly patternType?: AclPatternType
  /** "User:alice". */
  readonly principal: string
  /** '*' when left out: from everywhere. */
  readonly host?: string
  readonly operation: AclOperation
  /** 'ALLOW' when left out. */
  readonly permission?: AclPermission
}

/** What is left out matches everything. 'MATCH' as pattern type: all that apply to the name. */
export type AclFilter = Partial<AclBinding>

export class AclAdmin {
  readonly #calls: AdminCalls

  constructor(calls: AdminCalls) {
    this.#calls = calls
  }

  /** All that match. Rejects with SECURITY_DISABLED when the brokers have no authorizer. [describeAcls] */
  describe(filter: AclFilter = {}, options: CallOptions = {}): Promise<Required<AclBinding>[]> {
    const body = filterOnWire(filter)
    return this.#calls.one(
      'describe ACLs',
      async (broker, attempt) => {
        const answer = await broker.request(describeAcls, body, attempt)
        check(answer.errorCode, {}, answer.errorMessage)
        return answer.resources.flatMap(({ acls, ...resource }) =>
          acls.map(acl => bindingFrom({ ...resource, ...acl })),
        )
      },
      options,
    )
  }

  /** [createAcls] */
  async create(binding: AclBinding, options: CallOptions = {}): Promise<void> {
    ;(await this.createAll([binding], options)).orThrow()
  }

  /** The outcome of each. [createAcls] */
  async createAll(bindings: Iterable<AclBinding>, options: CallOptions = {}): Promise<Outcomes<AclBinding, void>> {
    return this.#each(
      'create ACLs',
      [...bindings],
      async (broker, creations, attempt) => {
        const { results } = await broker.request(createAcls, { creations: creations.map(bindingOnWire) }, attempt)
        return results.map(({ errorCode, errorMessage }) => failure(errorCode, {}, errorMessage))
      },
      options,
    )
  }

  /** Deletes all that match, and answers them. [deleteAcls] */
  async delete(filter: AclFilter, options: CallOptions = {}): Promise<readonly Required<AclBinding>[]> {
    return (await this.deleteAll([filter], options)).value(filter)
  }

  /** What was deleted by each filter. [deleteAcls] */
  async deleteAll(
    filters: Iterable<AclFilter>,
    options: CallOptions = {},
  ): Promise<Outcomes<AclFilter, readonly Required<AclBinding>[]>> {
    return this.#each(
      'delete ACLs',
      [...filters],
      async (broker, some, attempt) => {
        const { filterResults } = await broker.request(deleteAcls, { filters: some.map(filterOnWire) }, attempt)
        return filterResults.map(({ errorCode, errorMessage, matchingAcls }) => {
          const wrong = [{ errorCode, errorMessage }, ...matchingAcls].find(each => each.errorCode !== 0)
          return wrong ? failure(wrong.errorCode, {}, wrong.errorMessage)! : matchingAcls.map(bindingFrom)
        })
      },
      options,
    )
  }

  /** The answers come in the order of what was asked, and have no other key. */
  async #each<Item, Value>(
    what: string,
    all: readonly Item[],
    ask: (broker: Broker, some: readonly Item[], attempt: Attempt) => Promise<readonly (Value | ClientError)[]>,
    options: CallOptions,
  ): Promise<Outcomes<Item, Value>> {
    const outcomes = await this.#calls.run<Item, Value>(
      {
        what,
        items: new Map(all.map((item, index) => [String(index), item])),
        route: controllerRoute(this.#calls.cluster),
        ask: async (broker, some, attempt) => {
          const keys = [...some.keys()]
          const answers = await ask(broker, [...some.values()], attempt)
          return new Map(answers.slice(0, keys.length).map((answer, index) => [keys[index]!, answer]))
        },
      },
      options,
    )
    return new Outcomes([...outcomes].map(([key, outcome]) => [all[Number(key)]!, outcome]))
  }
}

interface BindingOnWire {
  readonly resourceType: number
  readonly resourceName: string
  readonly patternType: number
  readonly principal: string
  readonly host: string
  readonly operation: number
  readonly permissionType: number
}

function bindingFrom(told: BindingOnWire): Required<AclBinding> {
  return {
    resourceType: aclResourceTypes.nameOf(told.resourceType),
    resourceName: told.resourceName,
    patternType: aclPatternTypes.nameOf(told.patternType),
    principal: told.principal,
    host: told.host,
    operation: aclOperations.nameOf(told.operation),
    permission: aclPermissions.nameOf(told.permissionType),
  }
}

function bindingOnWire(binding: AclBinding) {
  const { resourceName, principal, host = '*', patternType = 'LITERAL', permission = 'ALLOW' } = binding
  return {
    resourceType: aclResourceTypes.codeOf(binding.resourceType),
    resourceName,
    resourcePatternType: aclPatternTypes.codeOf(patternType),
    principal,
    host,
    operation: aclOperations.codeOf(binding.operation),
    permissionType: aclPermissions.codeOf(permission),
  }
}

function filterOnWire(filter: AclFilter) {
  const { resourceType = 'ANY', patternType = 'ANY', operation = 'ANY', permission = 'ANY' } = filter
  return {
    resourceTypeFilter: aclResourceTypes.codeOf(resourceType),
    resourceNameFilter: filter.resourceName ?? null,
    patternTypeFilter: aclPatternTypes.codeOf(patternType),
    principalFilter: filter.principal ?? null,
    hostFilter: filter.host ?? null,
    operation: aclOperations.codeOf(operation),
    permissionType: aclPermissions.codeOf(permission),
  }
}
