// Classic consumer groups with Kafka's Java consumer: each assignor, members that come and go, static members, commits.
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.errors.*;

final class GroupChecks {
  private static final Map<String, String> ASSIGNORS = new LinkedHashMap<>();

  static {
    ASSIGNORS.put("range", "org.apache.kafka.clients.consumer.RangeAssignor");
    ASSIGNORS.put("roundrobin", "org.apache.kafka.clients.consumer.RoundRobinAssignor");
    ASSIGNORS.put("sticky", "org.apache.kafka.clients.consumer.StickyAssignor");
    ASSIGNORS.put("cooperative-sticky", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");
  }

  static void addTo(Suite suite) {
    ASSIGNORS.forEach((name, type) -> suite.check("group: members join and leave, " + name, kit -> joinAndLeave(kit, name, type)));
    suite.check("group: no record is lost while members come and go", GroupChecks::nothingLost);
    suite.check("group: more members than partitions leaves some without", GroupChecks::emptyAssignments);
    suite.check("group: eight members that join at once settle", GroupChecks::concurrentJoins);
    suite.check("group: commit and resume", GroupChecks::commitAndResume);
    suite.check("group: commit metadata comes back", GroupChecks::commitMetadata);
    suite.check("group: commit metadata too large", GroupChecks::metadataTooLarge);
    suite.check("group: automatic commits", GroupChecks::autoCommit);
    suite.check("group: a static member returns without a rebalance", GroupChecks::staticMember);
    suite.check("group: two static members of one name, the first is fenced", GroupChecks::staticFenced);
    suite.check("group: a silent member is removed after its session", GroupChecks::sessionExpires);
    suite.check("group: no protocol in common is refused", GroupChecks::inconsistentProtocol);
    suite.check("group: session timeouts out of bounds", GroupChecks::sessionTimeouts);
    suite.check("group: a stranger cannot commit into a living group", GroupChecks::strangerCommits);
    suite.check("group: subscriptions that change", GroupChecks::subscriptionChanges);
    suite.check("group: topics by pattern, found when they are created", GroupChecks::pattern);
    suite.check("group: assignors are changed one member after the other", GroupChecks::rollingAssignors);
  }

  /** A member that polls in a thread of its own; what it owns and got can be asked for. */
  static final class Member implements AutoCloseable {
    final List<String> got = Collections.synchronizedList(new ArrayList<>());
    final KafkaConsumer<byte[], byte[]> consumer;
    volatile Set<TopicPartition> owns = Set.of();
    volatile Throwable failure;
    volatile int generation;
    volatile boolean joined;
    private final Thread thread;
    private volatile CloseOptions.GroupMembershipOperation atClose = CloseOptions.GroupMembershipOperation.DEFAULT;
    private volatile boolean stopping;

    Member(Kit kit, String group, Collection<String> topics, Object... configs) {
      List<Object> all = new ArrayList<>(List.of("group.id", group, "session.timeout.ms", 6_000));
      all.addAll(List.of(configs));
      consumer = kit.consumer(all.toArray());
      consumer.subscribe(topics);
      thread = new Thread(this::poll);
      thread.start();
    }

    private void poll() {
      try {
        while (!stopping) {
          for (var record : consumer.poll(Duration.ofMillis(50))) got.add(Kit.text(record.value()));
          owns = new HashSet<>(consumer.assignment());
          var metadata = consumer.groupMetadata();
          generation = metadata.generationId();
          joined = !metadata.memberId().isEmpty() && generation > 0;
          if (!owns.isEmpty()) commit();
        }
      } catch (Throwable thrown) {
        failure = thrown;
      } finally {
        consumer.close(CloseOptions.groupMembershipOperation(atClose));
      }
    }

    private void commit() {
      try {
        consumer.commitSync(Duration.ofSeconds(5));
      } catch (CommitFailedException | RebalanceInProgressException | org.apache.kafka.common.errors.TimeoutException ignored) {
        // a rebalance came between; the next poll joins it
      }
    }

    /** Ends without a request to leave, as a process does that dies. */
    void fallSilent() throws Exception {
      atClose = CloseOptions.GroupMembershipOperation.REMAIN_IN_GROUP;
      close();
    }

    @Override
    public void close() throws Exception {
      stopping = true;
      thread.join();
      owns = Set.of();
      if (failure != null) throw new AssertionError("a member failed", failure);
    }
  }

  /** Waits until the members own all partitions, each exactly once, and stay so for a moment. */
  static void settled(List<Member> members, int partitions) throws Exception {
    AtomicInteger calm = new AtomicInteger();
    Kit.eventually("each partition owned once", () -> {
      List<TopicPartition> all = new ArrayList<>();
      for (Member member : members) {
        if (member.failure != null) throw new AssertionError("a member failed", member.failure);
        all.addAll(member.owns);
      }
      boolean whole = all.size() == partitions && new HashSet<>(all).size() == partitions && members.stream().allMatch(member -> member.joined);
      int generations = new HashSet<>(members.stream().map(member -> member.generation).toList()).size();
      calm.set(whole && generations == 1 ? calm.get() + 1 : 0);
      return calm.get() >= 5 ? "settled" : members.stream().map(member -> member.owns).toList().toString();
    }, "settled"::equals);
  }

  private static List<Integer> shares(List<Member> members) {
    return members.stream().map(member -> member.owns.size()).sorted().toList();
  }

  private static void joinAndLeave(Kit kit, String name, String assignor) throws Exception {
    String topic = kit.topic(6);
    String group = kit.name("g");
    Object[] configs = {"partition.assignment.strategy", assignor};
    try (Member first = new Member(kit, group, List.of(topic), configs)) {
      settled(List.of(first), 6);
      Member second = new Member(kit, group, List.of(topic), configs);
      try (Member third = new Member(kit, group, List.of(topic), configs)) {
        settled(List.of(first, second, third), 6);
        Kit.same("two each", List.of(2, 2, 2), shares(List.of(first, second, third)));
        ConsumerGroupDescription description = kit.admin.describeConsumerGroups(List.of(group)).all().get().get(group);
        Kit.same("assignor", name, description.partitionAssignor());
        Kit.same("state", GroupState.STABLE, description.groupState());
        Kit.same("members", 3, description.members().size());
        second.close();
        settled(List.of(first, third), 6);
        Kit.same("three each", List.of(3, 3), shares(List.of(first, third)));
        for (int i = 0; i < 6; i++) kit.fill(topic, i, 5);
        Kit.eventually("all read", () -> first.got.size() + third.got.size(), count -> count >= 30);
        Kit.same("each once", 30, first.got.size() + third.got.size());
      } finally {
        second.close();
      }
    }
  }

  private static void nothingLost(Kit kit) throws Exception {
    String topic = kit.topic(4);
    String group = kit.name("g");
    Set<String> wanted = new TreeSet<>();
    List<Member> members = new ArrayList<>();
    List<String> got = Collections.synchronizedList(new ArrayList<>());
    try (var producer = kit.producer()) {
      for (int round = 0; round < 4; round++) {
        if (round < 3) members.add(new Member(kit, group, List.of(topic)));
        else {
          Member leaving = members.remove(0);
          leaving.close();
          got.addAll(leaving.got);
        }
        for (int i = 0; i < 50; i++) {
          String value = round + "/" + i;
          wanted.add(value);
          producer.send(new ProducerRecord<>(topic, i % 4, null, Kit.bytes(value)));
        }
        producer.flush();
        settled(members, 4);
      }
      Kit.eventually("everything is committed", () -> {
        long sum = 0;
        for (var offset : kit.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().values()) sum += offset == null ? 0 : offset.offset();
        return sum;
      }, sum -> sum == 200L);
      for (Member member : members) got.addAll(member.got);
      Kit.same("every record", wanted, new TreeSet<>(got));
    } finally {
      for (Member member : members) member.close();
    }
  }

  private static void emptyAssignments(Kit kit) throws Exception {
    String topic = kit.topic(2);
    String group = kit.name("g");
    List<Member> members = new ArrayList<>();
    try {
      for (int i = 0; i < 4; i++) members.add(new Member(kit, group, List.of(topic)));
      settled(members, 2);
      Kit.same("shares", List.of(0, 0, 1, 1), shares(members));
      Thread.sleep(1_000);
      settled(members, 2);
      var description = kit.admin.describeConsumerGroups(List.of(group)).all().get().get(group);
      long idle = description.members().stream().filter(member -> member.assignment().topicPartitions().isEmpty()).count();
      Kit.same("members with an empty assignment", 2L, idle);
    } finally {
      for (Member member : members) member.close();
    }
  }

  private static void concurrentJoins(Kit kit) throws Exception {
    String topic = kit.topic(16);
    String group = kit.name("g");
    List<Member> members = new ArrayList<>();
    try {
      for (int i = 0; i < 8; i++) members.add(new Member(kit, group, List.of(topic)));
      settled(members, 16);
      for (int i = 0; i < 3; i++) members.remove(0).close();
      for (int i = 0; i < 3; i++) members.add(new Member(kit, group, List.of(topic)));
      settled(members, 16);
      Kit.same("two each", List.of(2, 2, 2, 2, 2, 2, 2, 2), shares(members));
    } finally {
      for (Member member : members) member.close();
    }
  }

  private static void commitAndResume(Kit kit) throws Exception {
    String topic = kit.topic(1);
    String group = kit.name("g");
    kit.fill(topic, 0, 10);
    TopicPartition at = new TopicPartition(topic, 0);
    try (var consumer = kit.consumer("group.id", group, "max.poll.records", 4)) {
      consumer.subscribe(List.of(topic));
      Kit.same("first", List.of("v0", "v1", "v2", "v3"), Kit.values(Kit.take(consumer, 4)));
      consumer.commitSync();
      Kit.same("committed", 4L, consumer.committed(Set.of(at)).get(at).offset());
    }
    try (var consumer = kit.consumer("group.id", group)) {
      consumer.subscribe(List.of(topic));
      Kit.same("resumed", List.of("v4", "v5", "v6", "v7", "v8", "v9"), Kit.values(Kit.take(consumer, 6)));
      consumer.commitSync(Map.of(at, new OffsetAndMetadata(2)));
    }
    try (var consumer = kit.consumer("group.id", group)) {
      consumer.subscribe(List.of(topic));
      Kit.same("an earlier offset", "v2", Kit.values(Kit.take(consumer, 8)).get(0));
    }
  }

  private static void commitMetadata(Kit kit) throws Exception {
    String topic = kit.topic(2);
    String group = kit.name("g");
    kit.fill(topic, 0, 5);
    TopicPartition at = new TopicPartition(topic, 0);
    TopicPartition other = new TopicPartition(topic, 1);
    try (var consumer = kit.consumer("group.id", group)) {
      consumer.assign(List.of(at));
      consumer.commitSync(Map.of(at, new OffsetAndMetadata(3, Optional.of(0), "up to here \u00fc")));
      var committed = consumer.committed(Set.of(at, other));
      Kit.same("offset, epoch and metadata", new OffsetAndMetadata(3, Optional.of(0), "up to here \u00fc"), committed.get(at));
      Kit.same("none for the other", null, committed.get(other));
      consumer.commitSync(Map.of(at, new OffsetAndMetadata(4)));
      Kit.same("metadata is replaced", new OffsetAndMetadata(4), consumer.committed(Set.of(at)).get(at));
    }
    var listed = kit.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
    Kit.same("as the admin sees it", Map.of(at, new OffsetAndMetadata(4)), listed);
  }

  private static void metadataTooLarge(Kit kit) throws Exception {
    String topic = kit.topic(1);
    TopicPartition at = new TopicPartition(topic, 0);
    try (var consumer = kit.consumer("group.id", kit.name("g"))) {
      consumer.assign(List.of(at));
      consumer.commitSync(Map.of(at, new OffsetAndMetadata(0, "x".repeat(4096))));
      Kit.refused(OffsetMetadataTooLarge.class, () -> {
        consumer.commitSync(Map.of(at, new OffsetAndMetadata(1, "x".repeat(4097))));
        return "taken";
      });
      Kit.same("the earlier commit stands", 0L, consumer.committed(Set.of(at)).get(at).offset());
    }
  }

  private static void autoCommit(Kit kit) throws Exception {
    String topic = kit.topic(1);
    String group = kit.name("g");
    kit.fill(topic, 0, 3);
    try (var consumer = kit.consumer("group.id", group, "enable.auto.commit", true, "auto.commit.interval.ms", 100)) {
      consumer.subscribe(List.of(topic));
      Kit.take(consumer, 3);
      TopicPartition at = new TopicPartition(topic, 0);
      Kit.eventually("committed by itself", () -> {
        consumer.poll(Duration.ofMillis(50));
        var offset = consumer.committed(Set.of(at)).get(at);
        return offset == null ? -1L : offset.offset();
      }, offset -> offset == 3L);
    }
  }

  private static void staticMember(Kit kit) throws Exception {
    String topic = kit.topic(4);
    String group = kit.name("g");
    Object[] named = {"group.instance.id", "one", "session.timeout.ms", 20_000};
    try (Member other = new Member(kit, group, List.of(topic), "group.instance.id", "two", "session.timeout.ms", 20_000)) {
      Member one = new Member(kit, group, List.of(topic), named);
      settled(List.of(one, other), 4);
      int generation = other.generation;
      Set<TopicPartition> owned = one.owns;
      one.close();
      try (Member again = new Member(kit, group, List.of(topic), named)) {
        settled(List.of(again, other), 4);
        Kit.same("the same partitions", owned, again.owns);
        Kit.same("no new generation", generation, other.generation);
        Kit.same("instance ids", Set.of("one", "two"), new TreeSet<>(kit.admin.describeConsumerGroups(List.of(group)).all().get().get(group)
            .members().stream().map(member -> member.groupInstanceId().orElse("none")).toList()));
      }
      var leave = new RemoveMembersFromConsumerGroupOptions(Set.of(new MemberToRemove("one")));
      kit.admin.removeMembersFromConsumerGroup(group, leave).all().get();
      settled(List.of(other), 4);
    }
  }

  private static void staticFenced(Kit kit) throws Exception {
    String topic = kit.topic(2);
    String group = kit.name("g");
    Object[] named = {"group.instance.id", "same"};
    Member first = new Member(kit, group, List.of(topic), named);
    settled(List.of(first), 2);
    try (Member second = new Member(kit, group, List.of(topic), named)) {
      Kit.eventually("the first is fenced", () -> String.valueOf(first.failure), text -> text.contains("FencedInstanceId"));
      settled(List.of(second), 2);
    }
  }

  private static void sessionExpires(Kit kit) throws Exception {
    String topic = kit.topic(2);
    String group = kit.name("g");
    Member silent = new Member(kit, group, List.of(topic), "session.timeout.ms", 2_000);
    settled(List.of(silent), 2);
    silent.fallSilent();
    Kit.same("still a member", 1, kit.admin.describeConsumerGroups(List.of(group)).all().get().get(group).members().size());
    try (Member next = new Member(kit, group, List.of(topic))) {
      settled(List.of(next), 2);
    }
  }

  private static void inconsistentProtocol(Kit kit) throws Exception {
    String topic = kit.topic(1);
    String group = kit.name("g");
    try (Member member = new Member(kit, group, List.of(topic), "partition.assignment.strategy", ASSIGNORS.get("range"))) {
      settled(List.of(member), 1);
      try (var stranger = kit.consumer("group.id", group, "partition.assignment.strategy", ASSIGNORS.get("roundrobin"))) {
        stranger.subscribe(List.of(topic));
        Kit.refused(InconsistentGroupProtocolException.class, () -> stranger.poll(Kit.PATIENCE));
      }
      settled(List.of(member), 1);
    }
  }

  private static void sessionTimeouts(Kit kit) throws Exception {
    String topic = kit.topic(1);
    for (int ms : List.of(301, 1_800_001)) {
      try (var consumer = kit.consumer("group.id", kit.name("g"), "session.timeout.ms", ms, "heartbeat.interval.ms", 100,
          "max.poll.interval.ms", 1_800_001, "request.timeout.ms", 5_000)) {
        consumer.subscribe(List.of(topic));
        Kit.refused(InvalidSessionTimeoutException.class, () -> consumer.poll(Kit.PATIENCE));
      }
    }
  }

  private static void strangerCommits(Kit kit) throws Exception {
    String topic = kit.topic(1);
    String group = kit.name("g");
    TopicPartition at = new TopicPartition(topic, 0);
    try (Member member = new Member(kit, group, List.of(topic)); var stranger = kit.consumer("group.id", group)) {
      settled(List.of(member), 1);
      stranger.assign(List.of(at));
      Kit.refused(CommitFailedException.class, () -> {
        stranger.commitSync(Map.of(at, new OffsetAndMetadata(0)));
        return "taken";
      });
    }
  }

  private static void subscriptionChanges(Kit kit) throws Exception {
    String first = kit.topic(2);
    String second = kit.topic(3);
    try (var consumer = kit.consumer("group.id", kit.name("g"))) {
      consumer.subscribe(List.of(first));
      Kit.eventually("the first topic", () -> {
        consumer.poll(Duration.ofMillis(50));
        return consumer.assignment().size();
      }, size -> size == 2);
      consumer.subscribe(List.of(first, second));
      Kit.eventually("both topics", () -> {
        consumer.poll(Duration.ofMillis(50));
        return consumer.assignment().size();
      }, size -> size == 5);
      kit.admin.createPartitions(Map.of(first, NewPartitions.increaseTo(4))).all().get();
      Kit.eventually("partitions that were added", () -> {
        consumer.poll(Duration.ofMillis(50));
        return consumer.assignment().size();
      }, size -> size == 7);
    }
  }

  private static void pattern(Kit kit) throws Exception {
    String stem = kit.name("pattern");
    kit.create(stem + ".a", 1);
    try (var consumer = kit.consumer("group.id", kit.name("g"), "metadata.max.age.ms", 500)) {
      consumer.subscribe(java.util.regex.Pattern.compile(stem + "\\..*"));
      Kit.eventually("one", () -> {
        consumer.poll(Duration.ofMillis(50));
        return consumer.assignment().size();
      }, size -> size == 1);
      kit.create(stem + ".b", 2);
      Kit.eventually("a new topic is found", () -> {
        consumer.poll(Duration.ofMillis(50));
        return consumer.assignment().size();
      }, size -> size == 3);
    }
  }

  private static void rollingAssignors(Kit kit) throws Exception {
    String topic = kit.topic(4);
    String group = kit.name("g");
    String range = ASSIGNORS.get("range");
    String robin = ASSIGNORS.get("roundrobin");
    Member old = new Member(kit, group, List.of(topic), "partition.assignment.strategy", range);
    try (Member both = new Member(kit, group, List.of(topic), "partition.assignment.strategy", robin + "," + range)) {
      settled(List.of(old, both), 4);
      Kit.same("what both know", "range", kit.admin.describeConsumerGroups(List.of(group)).all().get().get(group).partitionAssignor());
      old.close();
      try (Member next = new Member(kit, group, List.of(topic), "partition.assignment.strategy", robin + "," + range)) {
        settled(List.of(both, next), 4);
        Kit.same("what all prefer", "roundrobin", kit.admin.describeConsumerGroups(List.of(group)).all().get().get(group).partitionAssignor());
      }
    } finally {
      old.close();
    }
  }
}
