// Consumer groups of the new protocol (KIP-848) with Kafka's Java consumer: group.protocol=consumer.
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.*;

final class NewGroupChecks {
  static void addTo(Suite suite) {
    for (String assignor : List.of("uniform", "range"))
      suite.check("new group: members join and leave, " + assignor, kit -> joinAndLeave(kit, assignor));
    suite.check("new group: a partition is revoked before another member has it", NewGroupChecks::revokedFirst);
    suite.check("new group: commit and resume", NewGroupChecks::commitAndResume);
    suite.check("new group: topics by pattern, found when they are created", NewGroupChecks::pattern);
    suite.check("new group: an invalid pattern is refused", NewGroupChecks::invalidPattern);
    suite.check("new group: new partitions are assigned", NewGroupChecks::newPartitions);
    suite.check("new group: a static member returns to its partitions", NewGroupChecks::staticMember);
    suite.check("new group: two static members of one name, the second is refused", NewGroupChecks::staticTaken);
    suite.check("new group: a silent member is removed after its session", NewGroupChecks::sessionExpires);
    suite.check("new group: described, listed, deleted", NewGroupChecks::administration);
    suite.check("new group: settings of the group", NewGroupChecks::groupConfig);
    suite.check("new group: a rolling upgrade and downgrade, each record read once", NewGroupChecks::upgradeAndDowngrade);
    suite.check("new group: an empty classic group becomes one, and back", NewGroupChecks::emptyGroups);
  }

  /** A member that polls and commits in a thread of its own, and knows who else has its partitions. */
  static final class Reader implements AutoCloseable {
    final List<String> got = Collections.synchronizedList(new ArrayList<>());
    final KafkaConsumer<byte[], byte[]> consumer;
    volatile Set<TopicPartition> owns = Set.of();
    volatile Throwable failure;
    private final Map<TopicPartition, Reader> owners;
    private final List<String> faults = Collections.synchronizedList(new ArrayList<>());
    private final Thread thread;
    private volatile boolean stopping;
    private volatile CloseOptions.GroupMembershipOperation atClose = CloseOptions.GroupMembershipOperation.DEFAULT;

    Reader(Kit kit, String group, Map<TopicPartition, Reader> owners, java.util.function.BiConsumer<KafkaConsumer<byte[], byte[]>, ConsumerRebalanceListener> subscribe, Object... configs) {
      List<Object> all = new ArrayList<>(List.of("group.id", group));
      if (!List.of(configs).contains("classic")) all.addAll(List.of("group.protocol", "consumer"));
      else all.addAll(List.of("session.timeout.ms", 6_000));
      all.addAll(List.of(configs));
      this.owners = owners;
      consumer = kit.consumer(all.toArray());
      subscribe.accept(consumer, listener());
      thread = new Thread(this::poll);
      thread.start();
    }

    Reader(Kit kit, String group, Map<TopicPartition, Reader> owners, Collection<String> topics, Object... configs) {
      this(kit, group, owners, (consumer, listener) -> consumer.subscribe(topics, listener), configs);
    }

    private ConsumerRebalanceListener listener() {
      return new ConsumerRebalanceListener() {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
          for (TopicPartition partition : partitions) {
            Reader before = owners.putIfAbsent(partition, Reader.this);
            if (before != null && before != Reader.this) faults.add(partition + " was still with another member");
          }
          owns = new HashSet<>(consumer.assignment());
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
          commit();
          for (TopicPartition partition : partitions) owners.remove(partition, Reader.this);
          Set<TopicPartition> left = new HashSet<>(owns);
          left.removeAll(partitions);
          owns = left;
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
          for (TopicPartition partition : partitions) owners.remove(partition, Reader.this);
          owns = Set.of();
        }
      };
    }

    private void poll() {
      try {
        while (!stopping) {
          for (var record : consumer.poll(Duration.ofMillis(50))) got.add(Kit.text(record.value()));
          if (!owns.isEmpty()) commit();
        }
      } catch (Throwable thrown) {
        failure = thrown;
      } finally {
        consumer.close(CloseOptions.groupMembershipOperation(atClose));
        for (TopicPartition partition : owns) owners.remove(partition, this);
      }
    }

    private void commit() {
      try {
        consumer.commitSync(Duration.ofSeconds(5));
      } catch (CommitFailedException | RebalanceInProgressException | org.apache.kafka.common.errors.TimeoutException ignored) {
        // a rebalance came between
      }
    }

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
      Kit.same("partitions with two members", List.of(), List.copyOf(faults));
    }
  }

  private static Map<TopicPartition, Reader> owners() {
    return new ConcurrentHashMap<>();
  }

  /** Waits until the members own that many partitions, each once, and stay so for a moment. */
  private static void settled(List<Reader> readers, int partitions) throws Exception {
    AtomicInteger calm = new AtomicInteger();
    Kit.eventually("each partition owned once", () -> {
      List<TopicPartition> all = new ArrayList<>();
      for (Reader reader : readers) {
        if (reader.failure != null) throw new AssertionError("a member failed", reader.failure);
        all.addAll(reader.owns);
      }
      boolean isWhole = all.size() == partitions && new HashSet<>(all).size() == partitions;
      boolean isFair = readers.stream().noneMatch(reader -> reader.owns.size() > (partitions + readers.size() - 1) / readers.size());
      calm.set(isWhole && isFair ? calm.get() + 1 : 0);
      return calm.get() >= 5 ? "settled" : readers.stream().map(reader -> reader.owns).toList().toString();
    }, "settled"::equals);
  }

  private static ConsumerGroupDescription describe(Kit kit, String group) throws Exception {
    return kit.admin.describeConsumerGroups(List.of(group)).all().get().get(group);
  }

  private static void joinAndLeave(Kit kit, String assignor) throws Exception {
    String topic = kit.topic(6);
    String group = kit.name("g");
    var owners = owners();
    Object[] configs = {"group.remote.assignor", assignor};
    try (Reader first = new Reader(kit, group, owners, List.of(topic), configs)) {
      settled(List.of(first), 6);
      Reader second = new Reader(kit, group, owners, List.of(topic), configs);
      try (Reader third = new Reader(kit, group, owners, List.of(topic), configs)) {
        settled(List.of(first, second, third), 6);
        Kit.eventually("stable", () -> describe(kit, group).groupState(), GroupState.STABLE::equals);
        Kit.same("assignor", assignor, describe(kit, group).partitionAssignor());
        second.close();
        settled(List.of(first, third), 6);
        for (int i = 0; i < 6; i++) kit.fill(topic, i, 5);
        Kit.eventually("all read", () -> first.got.size() + third.got.size(), count -> count >= 30);
        Kit.same("each once", 30, first.got.size() + third.got.size());
      } finally {
        second.close();
      }
    }
  }

  private static void revokedFirst(Kit kit) throws Exception {
    String topic = kit.topic(8);
    String group = kit.name("g");
    var owners = owners();
    List<Reader> readers = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer = kit.producer()) {
      for (int i = 0; i < 4; i++) {
        readers.add(new Reader(kit, group, owners, List.of(topic)));
        for (int partition = 0; partition < 8; partition++) kit.fill(producer, topic, partition, i * 10, 10);
        Thread.sleep(700);
      }
      settled(readers, 8);
      readers.remove(0).close();
      settled(readers, 8);
      Kit.eventually("all committed", () -> committed(kit, group), sum -> sum == 320L);
    } finally {
      for (Reader reader : readers) reader.close();
    }
  }

  private static long committed(Kit kit, String group) throws Exception {
    return kit.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().values().stream()
      .filter(Objects::nonNull).mapToLong(OffsetAndMetadata::offset).sum();
  }

  private static void commitAndResume(Kit kit) throws Exception {
    String topic = kit.topic(1);
    String group = kit.name("g");
    kit.fill(topic, 0, 10);
    try (KafkaConsumer<byte[], byte[]> consumer = kit.consumer("group.id", group, "group.protocol", "consumer", "max.poll.records", 4)) {
      consumer.subscribe(List.of(topic));
      Kit.same("first", List.of("v0", "v1", "v2", "v3"), Kit.values(Kit.take(consumer, 4)));
      consumer.commitSync();
    }
    try (KafkaConsumer<byte[], byte[]> consumer = kit.consumer("group.id", group, "group.protocol", "consumer")) {
      consumer.subscribe(List.of(topic));
      Kit.same("then", "v4", Kit.values(Kit.take(consumer, 6)).get(0));
    }
  }

  private static void pattern(Kit kit) throws Exception {
    String start = kit.name("p");
    kit.create(start + "-a", 2);
    String group = kit.name("g");
    var owners = owners();
    SubscriptionPattern pattern = new SubscriptionPattern(start + "-.*");
    try (Reader reader = new Reader(kit, group, owners, (consumer, listener) -> consumer.subscribe(pattern, listener))) {
      settled(List.of(reader), 2);
      kit.create(start + "-b", 3);
      kit.create("x" + start + "-c", 1);
      settled(List.of(reader), 5);
      Kit.same("topics", Set.of(start + "-a", start + "-b"), new HashSet<>(reader.owns.stream().map(TopicPartition::topic).toList()));
    }
  }

  private static void invalidPattern(Kit kit) throws Exception {
    try (KafkaConsumer<byte[], byte[]> consumer = kit.consumer("group.id", kit.name("g"), "group.protocol", "consumer")) {
      consumer.subscribe(new SubscriptionPattern("(unclosed"));
      long until = System.nanoTime() + Kit.PATIENCE.toNanos();
      while (System.nanoTime() < until) {
        try {
          consumer.poll(Duration.ofMillis(100));
        } catch (InvalidRegularExpression expected) {
          return;
        }
      }
      throw new AssertionError("the pattern was not refused");
    }
  }

  private static void newPartitions(Kit kit) throws Exception {
    String topic = kit.topic(2);
    var owners = owners();
    String group = kit.name("g");
    try (Reader one = new Reader(kit, group, owners, List.of(topic)); Reader other = new Reader(kit, group, owners, List.of(topic))) {
      settled(List.of(one, other), 2);
      kit.admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(6))).all().get();
      settled(List.of(one, other), 6);
    }
  }

  private static void staticMember(Kit kit) throws Exception {
    String topic = kit.topic(4);
    String group = kit.name("g");
    var owners = owners();
    try (Reader other = new Reader(kit, group, owners, List.of(topic))) {
      settled(List.of(other), 4);
      Reader first = new Reader(kit, group, owners, List.of(topic), "group.instance.id", "i1");
      settled(List.of(other, first), 4);
      Set<TopicPartition> owned = first.owns;
      first.close();
      Set<TopicPartition> others = other.owns;
      try (Reader again = new Reader(kit, group, owners, List.of(topic), "group.instance.id", "i1")) {
        settled(List.of(other, again), 4);
        Kit.same("the partitions from before", owned, again.owns);
        Kit.same("nothing moved", others, other.owns);
      }
    }
  }

  private static void staticTaken(Kit kit) throws Exception {
    String topic = kit.topic(2);
    String group = kit.name("g");
    var owners = owners();
    try (Reader first = new Reader(kit, group, owners, List.of(topic), "group.instance.id", "i1")) {
      settled(List.of(first), 2);
      Reader second = new Reader(kit, group, owners, List.of(topic), "group.instance.id", "i1");
      Kit.eventually("refused", () -> second.failure instanceof UnreleasedInstanceIdException, Boolean.TRUE::equals);
      settled(List.of(first), 2);
    }
  }

  private static void sessionExpires(Kit kit) throws Exception {
    String topic = kit.topic(4);
    String group = kit.name("g");
    alter(kit, group, "consumer.session.timeout.ms", "2000");
    var owners = owners();
    try (Reader first = new Reader(kit, group, owners, List.of(topic))) {
      Reader second = new Reader(kit, group, owners, List.of(topic));
      settled(List.of(first, second), 4);
      second.fallSilent();
      settled(List.of(first), 4);
    }
  }

  private static Void alter(Kit kit, String group, String name, String value) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.GROUP, group);
    AlterConfigOp op = new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    return kit.admin.incrementalAlterConfigs(Map.of(resource, List.of(op))).all().get();
  }

  private static void administration(Kit kit) throws Exception {
    String topic = kit.topic(3);
    String group = kit.name("g");
    var owners = owners();
    try (Reader reader = new Reader(kit, group, owners, List.of(topic), "client.id", "teller", "client.rack", "r1")) {
      settled(List.of(reader), 3);
      ConsumerGroupDescription description = Kit.eventually("stable", () -> describe(kit, group), one -> one.groupState() == GroupState.STABLE);
      Kit.same("type", GroupType.CONSUMER, description.type());
      Kit.same("epochs", description.groupEpoch(), description.targetAssignmentEpoch());
      MemberDescription member = description.members().iterator().next();
      Kit.same("client", "teller", member.clientId());
      Kit.same("assignment", reader.owns, member.assignment().topicPartitions());
      Kit.same("target", reader.owns, member.targetAssignment().get().topicPartitions());
      Kit.same("not of the classic protocol", Optional.of(true), member.upgraded());
      var listed = kit.admin.listGroups(ListGroupsOptions.forConsumerGroups().withTypes(Set.of(GroupType.CONSUMER))).all().get();
      Kit.that("listed", listed.stream().anyMatch(one -> one.groupId().equals(group) && one.groupState().get() == GroupState.STABLE));
      Kit.refused(GroupNotEmptyException.class, () -> kit.admin.deleteConsumerGroups(List.of(group)).all().get());
      Kit.refused(GroupSubscribedToTopicException.class, () ->
        kit.admin.deleteConsumerGroupOffsets(group, Set.of(new TopicPartition(topic, 0))).all().get());
    }
    Kit.eventually("empty", () -> describe(kit, group).groupState(), GroupState.EMPTY::equals);
    kit.admin.deleteConsumerGroups(List.of(group)).all().get();
    Kit.refused(GroupIdNotFoundException.class, () -> describe(kit, group));
  }

  private static void groupConfig(Kit kit) throws Exception {
    String group = kit.name("g");
    Kit.refused(InvalidConfigurationException.class, () -> alter(kit, group, "consumer.session.timeout.ms", "999999999"));
    alter(kit, group, "consumer.heartbeat.interval.ms", "700");
    ConfigResource resource = new ConfigResource(ConfigResource.Type.GROUP, group);
    var config = Kit.eventually("told", () -> kit.admin.describeConfigs(List.of(resource)).all().get().get(resource),
      one -> "700".equals(one.get("consumer.heartbeat.interval.ms").value()));
    Kit.same("source", ConfigEntry.ConfigSource.DYNAMIC_GROUP_CONFIG, config.get("consumer.heartbeat.interval.ms").source());
    String topic = kit.topic(1);
    try (Reader reader = new Reader(kit, group, owners(), List.of(topic))) {
      settled(List.of(reader), 1);
    }
  }

  private static void upgradeAndDowngrade(Kit kit) throws Exception {
    String topic = kit.topic(6);
    String group = kit.name("g");
    var owners = owners();
    Object[] classic = {"group.protocol", "classic", "partition.assignment.strategy", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"};
    AtomicBoolean done = new AtomicBoolean();
    AtomicInteger sent = new AtomicInteger();
    Thread writer = new Thread(() -> {
      try (KafkaProducer<byte[], byte[]> producer = kit.producer("enable.idempotence", true)) {
        while (!done.get()) {
          int n = sent.getAndIncrement();
          producer.send(new ProducerRecord<>(topic, n % 6, null, Kit.bytes("v" + n))).get();
          Thread.sleep(2);
        }
      } catch (Exception failure) {
        throw new IllegalStateException(failure);
      }
    });
    List<Reader> readers = new ArrayList<>();
    List<Reader> past = new ArrayList<>();
    try {
      for (int i = 0; i < 3; i++) readers.add(new Reader(kit, group, owners, List.of(topic), classic));
      settled(readers, 6);
      writer.start();
      for (int i = 0; i < 3; i++) replace(readers, past, i, () -> new Reader(kit, group, owners, List.of(topic)));
      Kit.same("a consumer group", GroupType.CONSUMER, describe(kit, group).type());
      for (int i = 0; i < 3; i++) replace(readers, past, i, () -> new Reader(kit, group, owners, List.of(topic), classic));
      Kit.same("a classic group", GroupType.CLASSIC, describe(kit, group).type());
      done.set(true);
      writer.join();
      Kit.eventually("all committed", () -> committed(kit, group), sum -> sum == sent.get());
    } finally {
      done.set(true);
      for (Reader reader : readers) reader.close();
    }
    past.addAll(readers);
    List<String> all = past.stream().flatMap(reader -> reader.got.stream()).toList();
    Kit.same("each once", sent.get(), all.size());
    Kit.same("all of them", sent.get(), new HashSet<>(all).size());
  }

  private static void replace(List<Reader> readers, List<Reader> past, int index, Callable<Reader> make) throws Exception {
    Reader before = readers.get(index);
    before.close();
    past.add(before);
    readers.set(index, make.call());
    settled(readers, 6);
  }

  private static void emptyGroups(Kit kit) throws Exception {
    String topic = kit.topic(2);
    String group = kit.name("g");
    kit.fill(topic, 0, 3);
    for (Object[] protocol : new Object[][] {{"group.protocol", "classic"}, {}, {"group.protocol", "classic"}}) {
      try (Reader reader = new Reader(kit, group, owners(), List.of(topic), protocol)) {
        settled(List.of(reader), 2);
        GroupType expected = protocol.length == 0 ? GroupType.CONSUMER : GroupType.CLASSIC;
        Kit.eventually("type", () -> describe(kit, group).type(), expected::equals);
        Kit.eventually("committed", () -> committed(kit, group), sum -> sum == 3L);
      }
    }
  }
}
