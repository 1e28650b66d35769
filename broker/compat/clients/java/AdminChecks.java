// Every method of Kafka's Admin interface: what the other checks do not call of it, what comes later and how it is refused until
// then, and that nothing is forgotten.
import java.lang.reflect.*;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.acl.*;
import org.apache.kafka.common.errors.*;
import org.apache.kafka.common.quota.*;
import org.apache.kafka.common.resource.*;

final class AdminChecks {
  /** The names of Admin's methods that checks have called, by whatever Kit. */
  private static final Set<String> called = ConcurrentHashMap.newKeySet();

  static void addTo(Suite suite) {
    suite.check("admin: classic groups, described and listed as such", AdminChecks::classicGroups);
    suite.check("admin: the names of other kinds of groups for offsets and deletion", AdminChecks::otherKinds);
    suite.check("admin: a transaction ended by force", AdminChecks::terminate);
    suite.check("admin: a transaction aborted in one partition", AdminChecks::abort);
    suite.check("admin: no client metrics, no telemetry", AdminChecks::clientMetrics);
    suite.check("admin: metrics of the client itself", AdminChecks::ownMetrics);
    for (Later later : LATER)
      if (later.call != null) suite.check("admin: " + later.method + " comes later and is refused until then", kit -> refusedUntilThen(kit, later));
  }

  /** The same client; what is called of it is remembered. */
  static Admin remembering(Admin admin) {
    InvocationHandler handler = (proxy, method, arguments) -> {
      called.add(method.getName());
      try {
        return method.invoke(admin, arguments);
      } catch (InvocationTargetException thrown) {
        throw thrown.getCause();
      }
    };
    return (Admin) Proxy.newProxyInstance(Admin.class.getClassLoader(), new Class<?>[] {Admin.class}, handler);
  }

  interface Call {
    Object on(Admin admin) throws Exception;
  }

  /**
   * A method that a broker without the feature refuses. `asKafka`: how a Kafka that runs like this one (no authorizer, no TLS, no
   * tokens) answers the call: the class of the exception, or null for an answer. Without a call nothing is asked.
   */
  record Later(String method, String reason, Class<? extends Throwable> asKafka, Call call) {}

  private static final String ACLS = "ACLs come with security";
  private static final String TOKENS = "delegation tokens come with security";
  private static final String SCRAM = "SCRAM credentials come with security";
  private static final String QUOTAS = "quotas come with security";
  private static final String SHARES = "share groups come with an issue of their own";
  private static final String STREAMS = "streams groups come with share groups";
  private static final String VOTERS = "changes of the quorum come with clusters; the Kafka beside it has a static quorum, which has none";
  private static final Set<RaftVoterEndpoint> VOTER = Set.of(new RaftVoterEndpoint("CONTROLLER", "127.0.0.1", 1));
  private static final AclBinding ACL = new AclBinding(
      new ResourcePattern(ResourceType.TOPIC, "some-topic", PatternType.LITERAL),
      new AccessControlEntry("User:someone", "*", AclOperation.READ, AclPermissionType.ALLOW));
  private static final ClientQuotaAlteration NO_QUOTA = new ClientQuotaAlteration(
      new ClientQuotaEntity(Map.of("client-id", "some-client")), List.of(new ClientQuotaAlteration.Op("no-such-quota", 1.0)));
  private static final UserScramCredentialAlteration NO_CREDENTIAL = new UserScramCredentialDeletion("nobody", ScramMechanism.SCRAM_SHA_256);
  private static final String NO_GROUP = "no-such-group";

  /** It only shrinks: an entry that our broker answers fails its check, and so does one that another check calls. */
  private static final List<Later> LATER = List.of(
      new Later("describeAcls", ACLS, SecurityDisabledException.class, admin -> admin.describeAcls(AclBindingFilter.ANY).values().get()),
      new Later("createAcls", ACLS, SecurityDisabledException.class, admin -> admin.createAcls(List.of(ACL)).all().get()),
      new Later("deleteAcls", ACLS, SecurityDisabledException.class, admin -> admin.deleteAcls(List.of(AclBindingFilter.ANY)).all().get()),
      new Later("createDelegationToken", TOKENS, UnsupportedByAuthenticationException.class, admin -> admin.createDelegationToken().delegationToken().get()),
      new Later("renewDelegationToken", TOKENS, UnsupportedByAuthenticationException.class, admin -> admin.renewDelegationToken(new byte[16]).expiryTimestamp().get()),
      new Later("expireDelegationToken", TOKENS, UnsupportedByAuthenticationException.class, admin -> admin.expireDelegationToken(new byte[16]).expiryTimestamp().get()),
      new Later("describeDelegationToken", TOKENS, UnsupportedByAuthenticationException.class, admin -> admin.describeDelegationToken().delegationTokens().get()),
      new Later("describeUserScramCredentials", SCRAM, null, admin -> admin.describeUserScramCredentials().all().get()),
      new Later("alterUserScramCredentials", SCRAM, ResourceNotFoundException.class, admin -> admin.alterUserScramCredentials(List.of(NO_CREDENTIAL)).all().get()),
      new Later("describeClientQuotas", QUOTAS, null, admin -> admin.describeClientQuotas(ClientQuotaFilter.all()).entities().get()),
      new Later("alterClientQuotas", QUOTAS, InvalidRequestException.class, admin -> admin.alterClientQuotas(List.of(NO_QUOTA)).all().get()),
      new Later("describeShareGroups", SHARES, GroupIdNotFoundException.class, admin -> admin.describeShareGroups(List.of(NO_GROUP)).all().get()),
      new Later("listShareGroupOffsets", SHARES, null, admin -> admin.listShareGroupOffsets(Map.of(NO_GROUP, new ListShareGroupOffsetsSpec())).all().get()),
      new Later("alterShareGroupOffsets", SHARES, UnknownTopicOrPartitionException.class,
          admin -> admin.alterShareGroupOffsets(NO_GROUP, Map.of(new TopicPartition("no-such-topic", 0), 0L)).all().get()),
      new Later("deleteShareGroupOffsets", SHARES, GroupIdNotFoundException.class, admin -> admin.deleteShareGroupOffsets(NO_GROUP, Set.of("no-such-topic")).all().get()),
      new Later("describeStreamsGroups", STREAMS, GroupIdNotFoundException.class, admin -> admin.describeStreamsGroups(List.of(NO_GROUP)).all().get()),
      new Later("addRaftVoter", VOTERS, UnsupportedVersionException.class, admin -> admin.addRaftVoter(4711, Uuid.randomUuid(), VOTER).all().get()),
      new Later("removeRaftVoter", VOTERS, UnsupportedVersionException.class, admin -> admin.removeRaftVoter(4711, Uuid.randomUuid()).all().get()));

  /** Checked against a broker with several log directories (LogDirChecks). */
  private static final Set<String> ELSEWHERE = Set.of("alterReplicaLogDirs");

  /** Kafka answers as it does; ours does not offer the API, which the client says without waiting for a timeout. */
  private static void refusedUntilThen(Kit kit, Later later) throws Exception {
    Class<? extends Throwable> expected = kit.isKafka() ? later.asKafka : UnsupportedVersionException.class;
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", kit.bootstrap))) {
      if (expected == null) later.call.on(admin);
      else Kit.refused(expected, () -> later.call.on(admin));
    } catch (AssertionError wrong) {
      if (kit.isKafka()) throw wrong;
      throw new AssertionError(later.method + " (" + later.reason + ") is on the list of what comes later: take it off and check what it does. " + wrong.getMessage(), wrong);
    }
  }

  /** Runs after all others: every method was called by a check or is on the list, and none is both. */
  static void nothingForgotten() {
    Set<String> all = Arrays.stream(Admin.class.getMethods()).filter(method -> !Modifier.isStatic(method.getModifiers()))
        .map(Method::getName).collect(Collectors.toCollection(TreeSet::new));
    Set<String> later = LATER.stream().map(Later::method).collect(Collectors.toCollection(TreeSet::new));
    Kit.that("the interface has methods", all.size() > 60);
    Set<String> forgotten = new TreeSet<>(all);
    forgotten.removeAll(called);
    forgotten.removeAll(later);
    forgotten.removeAll(ELSEWHERE);
    Kit.same("methods that no check calls and that are not on the list of what comes later", Set.of(), forgotten);
    Set<String> listedInVain = new TreeSet<>(later);
    listedInVain.removeIf(name -> all.contains(name) && !called.contains(name));
    Kit.same("methods on the list of what comes later that are checked already, or are none", Set.of(), listedInVain);
  }

  @SuppressWarnings("removal")
  private static void classicGroups(Kit kit) throws Exception {
    String topic = kit.topic(2);
    String classic = kit.name("g");
    String consumer = kit.name("g");
    try (var member = new GroupChecks.Member(kit, classic, List.of(topic), "client.id", "the-client");
        var newMember = new NewGroupChecks.Reader(kit, consumer, new ConcurrentHashMap<>(), List.of(topic))) {
      GroupChecks.settled(List.of(member), 2);
      Kit.eventually("the new member has its partitions", () -> newMember.owns.size(), size -> size == 2);
      var described = kit.admin.describeClassicGroups(List.of(classic)).all().get().get(classic);
      Kit.same("state", ClassicGroupState.STABLE, described.state());
      Kit.same("protocol", "consumer", described.protocol());
      Kit.same("assignor", "range", described.protocolData());
      Kit.same("members", List.of("the-client"), described.members().stream().map(MemberDescription::clientId).toList());
      Kit.same("not simple", false, described.isSimpleConsumerGroup());
      Kit.refused(GroupIdNotFoundException.class, () -> kit.admin.describeClassicGroups(List.of(consumer)).all().get());
      Map<String, ConsumerGroupListing> listed = new HashMap<>();
      kit.admin.listConsumerGroups().all().get().forEach(listing -> listed.put(listing.groupId(), listing));
      Kit.same("type of the classic one", Optional.of(GroupType.CLASSIC), listed.get(classic).type());
      Kit.same("type of the new one", Optional.of(GroupType.CONSUMER), listed.get(consumer).type());
      Kit.same("state of the new one", Optional.of(GroupState.STABLE), listed.get(consumer).groupState());
    }
    Kit.refused(GroupIdNotFoundException.class, () -> kit.admin.describeClassicGroups(List.of(kit.name("missing"))).all().get());
  }

  /** Streams and share groups share these requests with all others: Kafka does not look at the kind of a group here. */
  private static void otherKinds(Kit kit) throws Exception {
    String missing = kit.name("missing");
    String group = kit.name("g");
    TopicPartition at = new TopicPartition(kit.topic(1), 0);
    kit.admin.alterStreamsGroupOffsets(group, Map.of(at, new OffsetAndMetadata(0, "by hand"))).all().get();
    var offsets = kit.admin.listStreamsGroupOffsets(Map.of(group, new ListStreamsGroupOffsetsSpec(), missing, new ListStreamsGroupOffsetsSpec())).all().get();
    Kit.same("as told", Map.of(at, new OffsetAndMetadata(0, "by hand")), offsets.get(group));
    Kit.same("of a group that is not there", Map.of(), offsets.get(missing));
    Kit.refused(GroupIdNotFoundException.class, () -> kit.admin.deleteStreamsGroupOffsets(missing, Set.of(at)).all().get());
    kit.admin.deleteStreamsGroupOffsets(group, Set.of(at)).all().get();
    Kit.same("no offsets", Map.of(), kit.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get());
    List<Call> deletions = List.of(
        admin -> admin.deleteShareGroups(List.of(group)).all().get(), admin -> admin.deleteStreamsGroups(List.of(group)).all().get());
    for (Call deletion : deletions) {
      kit.admin.alterConsumerGroupOffsets(group, Map.of(at, new OffsetAndMetadata(0))).all().get();
      deletion.on(kit.admin);
      Kit.that("gone", kit.admin.listGroups().all().get().stream().noneMatch(listing -> listing.groupId().equals(group)));
    }
    Kit.refused(GroupIdNotFoundException.class, () -> kit.admin.deleteShareGroups(List.of(missing)).all().get());
    Kit.refused(GroupIdNotFoundException.class, () -> kit.admin.deleteStreamsGroups(List.of(missing)).all().get());
  }

  private static long stable(Kit kit, TopicPartition at) throws Exception {
    return kit.admin.listOffsets(Map.of(at, OffsetSpec.latest()), new ListOffsetsOptions(IsolationLevel.READ_COMMITTED)).partitionResult(at).get().offset();
  }

  /** As for one that hangs: by the partition's own knowledge of the producer, without the coordinator. */
  private static void abort(Kit kit) throws Exception {
    TopicPartition at = new TopicPartition(kit.topic(1), 0);
    try (var producer = kit.producer("transactional.id", kit.name("x"))) {
      producer.initTransactions();
      producer.beginTransaction();
      kit.fill(producer, at.topic(), 0, 0, 1);
      producer.commitTransaction(); // its epoch is 1 from here on, and 0 an old one
      producer.beginTransaction();
      kit.fill(producer, at.topic(), 0, 1, 3);
      ProducerState state = kit.admin.describeProducers(List.of(at)).partitionResult(at).get().activeProducers().get(0);
      short epoch = (short) state.producerEpoch();
      Kit.eventually("open behind the committed one", () -> stable(kit, at), end -> end == 2);
      TopicPartition missing = new TopicPartition(kit.name("missing"), 0);
      var options = new AbortTransactionOptions().timeoutMs(3_000);
      Kit.refused(org.apache.kafka.common.errors.TimeoutException.class, () -> kit.admin.abortTransaction(new AbortTransactionSpec(missing, state.producerId(), epoch, 0), options).all().get());
      Kit.refused(InvalidProducerEpochException.class, () -> kit.admin.abortTransaction(new AbortTransactionSpec(at, state.producerId(), (short) (epoch - 1), 0)).all().get());
      kit.admin.abortTransaction(new AbortTransactionSpec(at, state.producerId(), epoch, 0)).all().get();
      Kit.eventually("the transaction is aborted", () -> stable(kit, at), end -> end == 6);
      producer.abortTransaction();
    }
    kit.fill(at.topic(), 0, 1);
    Kit.same("nothing of it is read", List.of("v0", "v0"), Kit.values(kit.read(at.topic(), 0, 0, 2, "isolation.level", "read_committed")));
  }

  private static void terminate(Kit kit) throws Exception {
    TopicPartition at = new TopicPartition(kit.topic(1), 0);
    String id = kit.name("x");
    try (var producer = kit.producer("transactional.id", id)) {
      producer.initTransactions();
      producer.beginTransaction();
      kit.fill(producer, at.topic(), 0, 0, 3);
      kit.admin.forceTerminateTransaction(id).result().get();
      Kit.eventually("the transaction is aborted", () -> stable(kit, at), end -> end == 4);
      Kit.refused(ProducerFencedException.class, () -> {
        producer.commitTransaction();
        return "committed";
      });
    }
  }

  @SuppressWarnings("removal")
  private static void clientMetrics(Kit kit) throws Exception {
    Kit.same("none is configured", List.of(), List.copyOf(kit.admin.listClientMetricsResources().all().get()));
    // Neither broker has a plugin that would take them: the client learns that from ApiVersions.
    Admin pushing = remembering(Admin.create(Map.of("bootstrap.servers", kit.bootstrap, "enable.metrics.push", true)));
    try (pushing) {
      Kit.same("no id without telemetry", null, pushing.clientInstanceId(Duration.ofSeconds(1)));
    }
  }

  private static void ownMetrics(Kit kit) throws Exception {
    kit.admin.describeCluster().nodes().get();
    var sent = kit.admin.metrics().values().stream().filter(each -> each.metricName().name().equals("request-total")).findFirst().orElseThrow();
    Kit.that("requests were counted", ((Number) sent.metricValue()).doubleValue() > 0);
    try (var producer = kit.producer()) {
      var metric = (org.apache.kafka.common.metrics.KafkaMetric) producer.metrics().values().iterator().next();
      kit.admin.registerMetricForSubscription(metric);
      kit.admin.unregisterMetricFromSubscription(metric);
    }
  }
}
