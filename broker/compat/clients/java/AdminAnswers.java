// What Kafka's Java Admin answers about things that somebody else made, as one line of JSON, for comparison with another client's
// answers about the same: `java Suite admin-answers BOOTSTRAP PREFIX`. What changes by itself (times, ends of internal logs) is left out.
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.*;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.protocol.Errors;

final class AdminAnswers {
  interface Call {
    Object ask() throws Exception;
  }

  private final Kit kit;
  private final String prefix;
  private final Map<String, Object> answers = new TreeMap<>();

  private AdminAnswers(String bootstrap, String prefix) {
    this.kit = new Kit(bootstrap, prefix);
    this.prefix = prefix;
  }

  static void print(String bootstrap, String prefix) throws Exception {
    AdminAnswers all = new AdminAnswers(bootstrap, prefix);
    all.cluster();
    all.topics();
    all.configs();
    all.offsets();
    all.groups();
    all.refusals();
    System.out.println("@" + new ObjectMapper().writeValueAsString(all.answers));
    System.exit(0);
  }

  /** Its answer, or the protocol's name of the error. */
  private void say(String name, Call call) {
    answers.put(name, outcome(call));
  }

  private static Object outcome(Call call) {
    try {
      return call.ask();
    } catch (Throwable thrown) {
      Throwable cause = thrown instanceof ExecutionException ? thrown.getCause() : thrown;
      return "error " + Errors.forException(cause).name();
    }
  }

  private static List<Object> list(Object... values) {
    return Arrays.asList(values);
  }

  private static List<Integer> ids(Collection<Node> nodes) {
    return nodes.stream().map(Node::id).sorted().toList();
  }

  private static List<String> operations(Collection<? extends Enum<?>> operations) {
    return operations.stream().map(Enum::name).sorted().toList();
  }

  private void cluster() {
    Admin admin = kit.admin;
    say("cluster", () -> {
      var described = admin.describeCluster(new DescribeClusterOptions().includeAuthorizedOperations(true));
      List<Object> nodes = new ArrayList<>();
      for (Node node : described.nodes().get()) nodes.add(list(node.id(), node.host(), node.port(), node.rack(), node.isFenced()));
      return list(described.clusterId().get(), nodes, operations(described.authorizedOperations().get()));
    });
    say("features", () -> {
      var features = admin.describeFeatures().featureMetadata().get();
      Map<String, Object> finalized = new TreeMap<>();
      features.finalizedFeatures().forEach((name, range) -> finalized.put(name, list(range.minVersionLevel(), range.maxVersionLevel())));
      Map<String, Object> supported = new TreeMap<>();
      features.supportedFeatures().forEach((name, range) -> supported.put(name, list(range.minVersion(), range.maxVersion())));
      return list(finalized, supported);
    });
    say("quorum", () -> {
      QuorumInfo quorum = admin.describeMetadataQuorum().quorumInfo().get();
      return list(quorum.leaderId(), quorum.leaderEpoch(), quorum.voters().stream().map(QuorumInfo.ReplicaState::replicaId).toList(), quorum.observers().size(),
          quorum.nodes().keySet().stream().sorted().toList());
    });
    say("reassignments", () -> admin.listPartitionReassignments().reassignments().get().size());
  }

  private void topics() {
    Admin admin = kit.admin;
    say("topics", () -> admin.listTopics().names().get().stream().filter(name -> name.startsWith(prefix)).sorted().toList());
    say("topic", () -> {
      var options = new DescribeTopicsOptions().includeAuthorizedOperations(true);
      TopicDescription topic = admin.describeTopics(List.of(prefix + "-orders"), options).allTopicNames().get().get(prefix + "-orders");
      List<Object> partitions = new ArrayList<>();
      for (TopicPartitionInfo each : topic.partitions())
        partitions.add(list(each.partition(), each.leader().id(), ids(each.replicas()), ids(each.isr()), ids(each.elr()), ids(each.lastKnownElr())));
      return list(topic.topicId().toString(), topic.isInternal(), partitions, operations(topic.authorizedOperations()));
    });
    say("log directories", () -> {
      Map<String, Object> sizes = new TreeMap<>();
      for (var byPath : admin.describeLogDirs(List.of(nodeId())).allDescriptions().get().get(nodeId()).values())
        byPath.replicaInfos().forEach((at, replica) -> {
          if (at.topic().startsWith(prefix)) sizes.put("" + at, list(replica.size(), replica.offsetLag(), replica.isFuture()));
        });
      return sizes;
    });
  }

  private int nodeId() throws Exception {
    return kit.admin.describeCluster().nodes().get().iterator().next().id();
  }

  private Map<String, Object> config(ConfigResource resource, boolean synonyms) throws Exception {
    Map<String, Object> entries = new TreeMap<>();
    var options = new DescribeConfigsOptions().includeSynonyms(synonyms);
    for (ConfigEntry entry : kit.admin.describeConfigs(List.of(resource), options).all().get().get(resource).entries()) {
      List<Object> from = new ArrayList<>();
      for (var each : entry.synonyms()) from.add(list(each.name(), each.value(), each.source().name()));
      entries.put(entry.name(), list(entry.value(), entry.source().name(), entry.isReadOnly(), entry.isSensitive(), entry.type().name(), from));
    }
    return entries;
  }

  private void configs() {
    say("settings of a topic", () -> config(new ConfigResource(ConfigResource.Type.TOPIC, prefix + "-orders"), true));
    say("settings of a broker", () -> config(new ConfigResource(ConfigResource.Type.BROKER, "" + nodeId()), true));
    say("settings of all brokers", () -> config(new ConfigResource(ConfigResource.Type.BROKER, ""), false));
    say("settings of a group", () -> config(new ConfigResource(ConfigResource.Type.GROUP, prefix + "-simple"), true));
    say("what has settings", () -> kit.admin.listConfigResources().all().get().stream()
        .map(resource -> resource.type().name() + " " + resource.name()).filter(text -> text.contains(prefix)).sorted().toList());
  }

  private void offsets() {
    TopicPartition at = new TopicPartition(prefix + "-orders", 1);
    List<OffsetSpec> specs = List.of(OffsetSpec.latest(), OffsetSpec.earliest(), OffsetSpec.maxTimestamp(), OffsetSpec.earliestLocal(), OffsetSpec.latestTiered(),
        OffsetSpec.earliestPendingUpload(), OffsetSpec.forTimestamp(0));
    for (int i = 0; i < specs.size(); i++) {
      OffsetSpec spec = specs.get(i);
      say("offset " + i, () -> {
        var found = kit.admin.listOffsets(Map.of(at, spec)).partitionResult(at).get();
        return list(found.offset(), found.timestamp(), found.leaderEpoch().orElse(-1));
      });
    }
    say("producers", () -> kit.admin.describeProducers(List.of(at)).partitionResult(at).get().activeProducers().size());
    say("transactions", () -> kit.admin.listTransactions(new ListTransactionsOptions().filterOnTransactionalIdPattern(prefix + ".*")).all().get().stream()
        .map(listing -> list(listing.transactionalId(), listing.producerId(), listing.state().toString())).toList());
    say("transaction", () -> {
      TransactionDescription described = kit.admin.describeTransactions(List.of(prefix + "-id")).description(prefix + "-id").get();
      return list(described.producerId(), described.producerEpoch(), described.state().toString(), described.transactionTimeoutMs(), described.topicPartitions().size());
    });
  }

  private void groups() {
    say("groups", () -> kit.admin.listGroups().all().get().stream().filter(group -> group.groupId().startsWith(prefix))
        .map(group -> String.join(" ", group.groupId(), group.protocol(), group.groupState().get().toString(), group.type().get().toString())).sorted().toList());
    for (String name : List.of("simple", "new", "missing"))
      say("group " + name, () -> {
        String group = prefix + "-" + name;
        var options = new DescribeConsumerGroupsOptions().includeAuthorizedOperations(true);
        ConsumerGroupDescription described = kit.admin.describeConsumerGroups(List.of(group), options).all().get().get(group);
        List<Object> members = new ArrayList<>();
        for (MemberDescription each : described.members())
          members.add(list(each.consumerId(), each.groupInstanceId().orElse(null), each.clientId(), each.host(),
              each.assignment().topicPartitions().stream().map(Object::toString).sorted().toList(),
              each.targetAssignment().map(target -> target.topicPartitions().stream().map(Object::toString).sorted().toList()).orElse(null)));
        return list(described.type().toString(), described.groupState().toString(), described.partitionAssignor(), described.isSimpleConsumerGroup(), members,
            described.coordinator().id(), operations(described.authorizedOperations()));
      });
    say("offsets of a group", () -> {
      Map<String, Object> offsets = new TreeMap<>();
      kit.admin.listConsumerGroupOffsets(prefix + "-simple").partitionsToOffsetAndMetadata().get()
          .forEach((at, offset) -> offsets.put("" + at, list(offset.offset(), offset.leaderEpoch().orElse(-1), offset.metadata())));
      return offsets;
    });
  }

  private void refusals() {
    Admin admin = kit.admin;
    TopicPartition missing = new TopicPartition(prefix + "-orders", 99);
    TopicPartition there = new TopicPartition(prefix + "-orders", 0);
    say("refused: a topic that is there", () -> admin.createTopics(List.of(new NewTopic(prefix + "-orders", 1, (short) 1))).all().get());
    say("refused: a name", () -> admin.createTopics(List.of(new NewTopic("bad name", 1, (short) 1))).all().get());
    say("refused: no partitions", () -> admin.createTopics(List.of(new NewTopic(prefix + "-none", 0, (short) 1))).all().get());
    say("refused: too many replicas", () -> admin.createTopics(List.of(new NewTopic(prefix + "-many", 1, (short) 9))).all().get());
    say("refused: a setting", () -> admin.createTopics(List.of(new NewTopic(prefix + "-set", 1, (short) 1).configs(Map.of("no.such", "1")))).all().get());
    say("refused: describe", () -> admin.describeTopics(List.of(prefix + "-missing")).allTopicNames().get());
    say("refused: delete", () -> admin.deleteTopics(List.of(prefix + "-missing")).all().get());
    say("refused: fewer partitions", () -> admin.createPartitions(Map.of(prefix + "-orders", NewPartitions.increaseTo(1))).all().get());
    say("refused: records", () -> admin.deleteRecords(Map.of(there, RecordsToDelete.beforeOffset(1_000_000))).all().get());
    say("refused: election", () -> admin.electLeaders(ElectionType.PREFERRED, Set.of(there)).all().get());
    say("refused: election nowhere", () -> admin.electLeaders(ElectionType.PREFERRED, Set.of(missing)).all().get());
    say("refused: reassignment", () -> admin.alterPartitionReassignments(Map.of(there, Optional.empty())).all().get());
    say("refused: delete group", () -> admin.deleteConsumerGroups(List.of(prefix + "-missing")).all().get());
    say("refused: delete group with members", () -> admin.deleteConsumerGroups(List.of(prefix + "-new")).all().get());
    say("refused: delete offsets", () -> admin.deleteConsumerGroupOffsets(prefix + "-missing", Set.of(there)).all().get());
    say("refused: set offsets", () -> admin.alterConsumerGroupOffsets(prefix + "-new", Map.of(there, new org.apache.kafka.clients.consumer.OffsetAndMetadata(0))).all().get());
    say("refused: transaction", () -> admin.describeTransactions(List.of(prefix + "-missing")).all().get());
    say("refused: feature", () -> admin.updateFeatures(Map.of("no.such", new FeatureUpdate((short) 1, FeatureUpdate.UpgradeType.UPGRADE)),
        new UpdateFeaturesOptions().validateOnly(true)).all().get());
    say("refused: unregister", () -> admin.unregisterBroker(4711).all().get());
  }
}
