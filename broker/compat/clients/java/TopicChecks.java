// Topics through AdminClient: create, list, describe, delete, grow; and every way of asking wrongly.
import java.util.*;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.errors.*;
import org.apache.kafka.common.utils.Utils;

final class TopicChecks {
  static void addTo(Suite suite) {
    suite.check("topics: create answers what was created", TopicChecks::create);
    suite.check("topics: created with assigned replicas", TopicChecks::createAssigned);
    suite.check("topics: validate only creates nothing", TopicChecks::validateOnly);
    suite.check("topics: one bad topic does not fail the good ones", TopicChecks::oneBadAmongGood);
    suite.check("topics: a duplicate is TOPIC_ALREADY_EXISTS", TopicChecks::duplicate);
    suite.check("topics: invalid names", TopicChecks::invalidNames);
    suite.check("topics: names that collide in metrics", TopicChecks::collidingNames);
    suite.check("topics: impossible counts and replicas", TopicChecks::impossibleCounts);
    suite.check("topics: invalid configs at creation", TopicChecks::invalidConfigs);
    suite.check("topics: delete by name and by id, then create anew", TopicChecks::delete);
    suite.check("topics: describe and delete of unknown topics", TopicChecks::unknown);
    suite.check("topics: create partitions", TopicChecks::grow);
    suite.check("topics: wrong partition counts", TopicChecks::growWrongly);
    suite.check("topics: describe pages through many partitions", TopicChecks::describePages);
    suite.check("topics: internal topics are listed as such", TopicChecks::internal);
  }

  private static void create(Kit kit) throws Exception {
    String topic = kit.name("create");
    NewTopic wanted = new NewTopic(topic, 3, (short) 1).configs(Map.of("retention.ms", "12345", "cleanup.policy", "compact"));
    CreateTopicsResult result = kit.admin.createTopics(List.of(wanted));
    Kit.same("partitions", 3, result.numPartitions(topic).get());
    Kit.same("replication factor", 1, result.replicationFactor(topic).get());
    Kit.same("retention.ms", "12345", result.config(topic).get().get("retention.ms").value());
    Kit.same("source", ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG, result.config(topic).get().get("retention.ms").source());
    Kit.same("source of a default", ConfigEntry.ConfigSource.DEFAULT_CONFIG, result.config(topic).get().get("flush.messages").source());
    TopicDescription description = describe(kit, topic);
    Kit.same("topic id", result.topicId(topic).get(), description.topicId());
    Kit.that("topic id is set", !description.topicId().equals(Uuid.ZERO_UUID));
    Kit.same("partition indexes", List.of(0, 1, 2), description.partitions().stream().map(TopicPartitionInfo::partition).toList());
    int node = kit.admin.describeCluster().nodes().get().iterator().next().id();
    for (TopicPartitionInfo partition : description.partitions()) {
      Kit.same("leader", node, partition.leader().id());
      Kit.same("replicas", List.of(node), partition.replicas().stream().map(Node::id).toList());
      Kit.same("in-sync replicas", List.of(node), partition.isr().stream().map(Node::id).toList());
    }
    TopicListing listing = kit.admin.listTopics().namesToListings().get().get(topic);
    Kit.same("listed id", description.topicId(), listing.topicId());
    Kit.same("listed internal", false, listing.isInternal());
  }

  private static TopicDescription describe(Kit kit, String topic) throws Exception {
    return Kit.eventually("describe " + topic, () -> {
      try {
        return kit.admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
      } catch (ExecutionException cause) {
        if (cause.getCause() instanceof UnknownTopicOrPartitionException) return null;
        throw cause;
      }
    }, Objects::nonNull);
  }

  private static void createAssigned(Kit kit) throws Exception {
    int node = kit.admin.describeCluster().nodes().get().iterator().next().id();
    String topic = kit.name("assigned");
    kit.admin.createTopics(List.of(new NewTopic(topic, Map.of(0, List.of(node), 1, List.of(node))))).all().get();
    Kit.same("partitions", 2, describe(kit, topic).partitions().size());
    Kit.refused(InvalidReplicaAssignmentException.class, () ->
        kit.admin.createTopics(List.of(new NewTopic(kit.name("a"), Map.of(0, List.of(node + 77))))).all().get());
    Kit.refused(InvalidReplicaAssignmentException.class, () ->
        kit.admin.createTopics(List.of(new NewTopic(kit.name("a"), Map.of(1, List.of(node))))).all().get());
    Kit.refused(InvalidReplicaAssignmentException.class, () ->
        kit.admin.createTopics(List.of(new NewTopic(kit.name("a"), Map.of(0, List.of(node, node))))).all().get());
  }

  private static void validateOnly(Kit kit) throws Exception {
    String topic = kit.name("validate");
    var options = new CreateTopicsOptions().validateOnly(true);
    CreateTopicsResult result = kit.admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1)), options);
    Kit.same("partitions", 2, result.numPartitions(topic).get());
    Kit.that("not created", !kit.admin.listTopics().names().get().contains(topic));
    kit.create(topic, 1);
    Kit.refused(TopicExistsException.class, () ->
        kit.admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1)), options).all().get());
  }

  private static void oneBadAmongGood(Kit kit) throws Exception {
    String good = kit.name("good");
    String alsoGood = kit.name("good");
    Map<String, KafkaFuture<Void>> results = kit.admin.createTopics(List.of(
        new NewTopic(good, 1, (short) 1), new NewTopic("bad name", 1, (short) 1), new NewTopic(alsoGood, 2, (short) 1))).values();
    results.get(good).get();
    results.get(alsoGood).get();
    Kit.refused(InvalidTopicException.class, () -> results.get("bad name").get());
    Kit.same("good partitions", 1, describe(kit, good).partitions().size());
    Kit.same("also good partitions", 2, describe(kit, alsoGood).partitions().size());
  }

  private static void duplicate(Kit kit) throws Exception {
    String topic = kit.topic(1);
    String message = Kit.refused(TopicExistsException.class, () ->
        kit.admin.createTopics(List.of(new NewTopic(topic, 5, (short) 1))).all().get()).getMessage();
    Kit.that("the message names the topic: " + message, message.contains(topic));
    Kit.same("unchanged", 1, describe(kit, topic).partitions().size());
  }

  private static void invalidNames(Kit kit) throws Exception {
    for (String name : List.of(".", "..", "with space", "slash/", "sch\u00f6n", "x".repeat(250), "colon:", "new\nline"))
      Kit.refused(InvalidTopicException.class, () -> kit.admin.createTopics(List.of(new NewTopic(name, 1, (short) 1))).all().get());
    String longest = (kit.name("longest") + "x".repeat(249)).substring(0, 249);
    kit.create(longest, 1);
    Kit.same("249 characters are allowed", 1, describe(kit, longest).partitions().size());
  }

  private static void collidingNames(Kit kit) throws Exception {
    String dotted = kit.name("a.b");
    kit.create(dotted, 1);
    Kit.refused(InvalidTopicException.class, () ->
        kit.admin.createTopics(List.of(new NewTopic(dotted.replace('.', '_'), 1, (short) 1))).all().get());
  }

  private static void impossibleCounts(Kit kit) throws Exception {
    Kit.refused(InvalidPartitionsException.class, () -> kit.admin.createTopics(List.of(new NewTopic(kit.name("p"), 0, (short) 1))).all().get());
    Kit.refused(InvalidPartitionsException.class, () -> kit.admin.createTopics(List.of(new NewTopic(kit.name("p"), -2, (short) 1))).all().get());
    Kit.refused(InvalidReplicationFactorException.class, () -> kit.admin.createTopics(List.of(new NewTopic(kit.name("p"), 1, (short) 2))).all().get());
    Kit.refused(InvalidReplicationFactorException.class, () -> kit.admin.createTopics(List.of(new NewTopic(kit.name("p"), 1, (short) 0))).all().get());
    String topic = kit.name("defaults");
    CreateTopicsResult result = kit.admin.createTopics(List.of(new NewTopic(topic, Optional.empty(), Optional.empty())));
    Kit.same("num.partitions is taken", 1, result.numPartitions(topic).get());
    Kit.same("default.replication.factor is taken", 1, result.replicationFactor(topic).get());
  }

  private static void invalidConfigs(Kit kit) throws Exception {
    for (Map<String, String> configs : List.of(
        Map.of("no.such.config", "1"), Map.of("retention.ms", "soon"), Map.of("cleanup.policy", "shred"),
        Map.of("min.insync.replicas", "0"), Map.of("segment.bytes", "-1"), Map.of("compression.type", "rar"),
        Map.of("max.message.bytes", "9999999999"), Map.of("preallocate", "perhaps"), Map.of("message.timestamp.type", "Guess")))
      Kit.refused(InvalidConfigurationException.class, () ->
          kit.admin.createTopics(List.of(new NewTopic(kit.name("c"), 1, (short) 1).configs(configs))).all().get());
  }

  private static void delete(Kit kit) throws Exception {
    String topic = kit.topic(1);
    Uuid id = describe(kit, topic).topicId();
    kit.fill(topic, 0, 5);
    kit.admin.deleteTopics(List.of(topic)).all().get();
    gone(kit, topic);
    Kit.refused(UnknownTopicIdException.class, () ->
        kit.admin.describeTopics(TopicCollection.ofTopicIds(List.of(id))).allTopicIds().get());
    kit.create(topic, 2);
    Uuid newId = describe(kit, topic).topicId();
    Kit.that("a new id", !newId.equals(id));
    var end = kit.admin.listOffsets(Map.of(new TopicPartition(topic, 0), OffsetSpec.latest())).all().get();
    Kit.same("empty again", 0L, end.get(new TopicPartition(topic, 0)).offset());
    kit.admin.deleteTopics(TopicCollection.ofTopicIds(List.of(newId))).all().get();
    gone(kit, topic);
  }

  private static void gone(Kit kit, String topic) throws Exception {
    Kit.eventually("gone from the list", () -> kit.admin.listTopics().names().get().contains(topic), there -> !there);
  }

  private static void unknown(Kit kit) throws Exception {
    String missing = kit.name("missing");
    Kit.refused(UnknownTopicOrPartitionException.class, () -> kit.admin.describeTopics(List.of(missing)).allTopicNames().get());
    Kit.refused(UnknownTopicOrPartitionException.class, () -> kit.admin.deleteTopics(List.of(missing)).all().get());
    Kit.refused(UnknownTopicIdException.class, () ->
        kit.admin.deleteTopics(TopicCollection.ofTopicIds(List.of(Uuid.randomUuid()))).all().get());
    Kit.that("describing creates nothing", !kit.admin.listTopics().names().get().contains(missing));
  }

  private static void grow(Kit kit) throws Exception {
    String topic = kit.topic(1);
    kit.fill(topic, 0, 3);
    var only = new CreatePartitionsOptions().validateOnly(true);
    kit.admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(4)), only).all().get();
    Kit.same("validated only", 1, describe(kit, topic).partitions().size());
    int node = kit.admin.describeCluster().nodes().get().iterator().next().id();
    var result = kit.admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(3, List.of(List.of(node), List.of(node)))));
    Kit.same("a result per topic", Set.of(topic), result.values().keySet());
    result.all().get();
    Kit.eventually("three partitions", () -> describe(kit, topic).partitions().size(), count -> count == 3);
    kit.fill(topic, 2, 4);
    Kit.same("the new partition takes records", List.of("v0", "v1", "v2", "v3"), Kit.values(kit.read(topic, 2, 0, 4)));
    Kit.same("the old one kept its own", List.of("v0", "v1", "v2"), Kit.values(kit.read(topic, 0, 0, 3)));
  }

  private static void growWrongly(Kit kit) throws Exception {
    String topic = kit.topic(3);
    String missing = kit.name("missing");
    for (int count : List.of(3, 2, 0, -1))
      Kit.refused(InvalidPartitionsException.class, () -> kit.admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(count))).all().get());
    Kit.refused(UnknownTopicOrPartitionException.class, () ->
        kit.admin.createPartitions(Map.of(missing, NewPartitions.increaseTo(3))).all().get());
    Kit.refused(InvalidReplicaAssignmentException.class, () ->
        kit.admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(5, List.of(List.of(1))))).all().get());
    String good = kit.topic(1);
    var mixed = kit.admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(1), good, NewPartitions.increaseTo(2))).values();
    mixed.get(good).get();
    Kit.refused(InvalidPartitionsException.class, () -> mixed.get(topic).get());
  }

  private static void describePages(Kit kit) throws Exception {
    String topic = kit.topic(7);
    String other = kit.topic(2);
    describe(kit, other);
    var options = new DescribeTopicsOptions().partitionSizeLimitPerResponse(3);
    var all = kit.admin.describeTopics(List.of(topic, other), options).allTopicNames().get();
    Kit.same("partitions over three pages", List.of(0, 1, 2, 3, 4, 5, 6), all.get(topic).partitions().stream().map(TopicPartitionInfo::partition).toList());
    Kit.same("the other topic", 2, all.get(other).partitions().size());
  }

  private static void internal(Kit kit) throws Exception {
    String topic = kit.topic(1);
    try (var consumer = kit.consumer("group.id", kit.name("g"))) {
      consumer.assign(List.of(new TopicPartition(topic, 0)));
      consumer.commitSync(Map.of(new TopicPartition(topic, 0), new org.apache.kafka.clients.consumer.OffsetAndMetadata(0)));
    }
    Kit.that("hidden by default", !kit.admin.listTopics().names().get().contains("__consumer_offsets"));
    var all = kit.admin.listTopics(new ListTopicsOptions().listInternal(true)).namesToListings().get();
    Kit.that("listed when asked for", all.get("__consumer_offsets").isInternal());
    var configs = ConfigChecks.describe(kit, new org.apache.kafka.common.config.ConfigResource(
        org.apache.kafka.common.config.ConfigResource.Type.TOPIC, "__consumer_offsets"));
    Kit.same("it is compacted", "compact", configs.get("cleanup.policy").value());
    Kit.refused(InvalidTopicException.class, () -> {
      try (var producer = kit.producer()) {
        return producer.send(new org.apache.kafka.clients.producer.ProducerRecord<>("__consumer_offsets", 0, Kit.bytes("k"), Kit.bytes("v"))).get();
      }
    });
  }
}
