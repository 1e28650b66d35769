// A group of a protocol that is not served here: share groups and streams groups, as Kafka left them behind.
//
// They are kept (their records stay in the log and are read), listed with their type and state, and their offsets can be read;
// they are not served: nobody can join them, and they are not deleted. So only what a listing shows is kept in memory.
// Source: Kafka 4.3.0's ShareGroup, StreamsGroup.

export type ModernGroupType = 'share' | 'streams'

interface ModernMember {
  readonly epoch: number
  /** 0: it has what it was assigned, and nothing else. */
  readonly state: number
}

export class ModernGroup {
  readonly groupId: string
  readonly type: ModernGroupType
  epoch = 0
  assignmentEpoch = -1
  readonly members = new Map<string, ModernMember>()

  constructor(groupId: string, type: ModernGroupType) {
    this.groupId = groupId
    this.type = type
  }

  get protocolType(): string {
    return this.type
  }

  get state(): string {
    if (this.members.size === 0) return 'Empty'
    if (this.type === 'share') return 'Stable'
    // The topology of a streams group is checked when its members come; until then it is not ready.
    return 'NotReady'
  }

  /** A member as its subscription first shows it. */
  addMember(memberId: string): void {
    if (!this.members.has(memberId)) this.members.set(memberId, { epoch: 0, state: 0 })
  }
}
