// Groups seen and changed from outside through AdminClient.
import java.util.*;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.errors.*;

final class GroupAdminChecks {
  static void addTo(Suite suite) {
    suite.check("group admin: list with states and types", GroupAdminChecks::list);
    suite.check("group admin: describe members, assignments and coordinator", GroupAdminChecks::describe);
    suite.check("group admin: describe of an unknown group", GroupAdminChecks::describeUnknown);
    suite.check("group admin: delete", GroupAdminChecks::delete);
    suite.check("group admin: alter offsets", GroupAdminChecks::alterOffsets);
    suite.check("group admin: delete offsets", GroupAdminChecks::deleteOffsets);
    suite.check("group admin: list offsets of several groups", GroupAdminChecks::listOffsets);
    suite.check("group admin: remove all members", GroupAdminChecks::removeMembers);
    suite.check("group admin: offsets go with the topic", GroupAdminChecks::topicDeleted);
  }

  private static String emptyGroup(Kit kit, String topic, long offset) {
    String group = kit.name("g");
    try (var consumer = kit.consumer("group.id", group)) {
      TopicPartition at = new TopicPartition(topic, 0);
      consumer.assign(List.of(at));
      consumer.commitSync(Map.of(at, new OffsetAndMetadata(offset)));
    }
    return group;
  }

  private static void list(Kit kit) throws Exception {
    String topic = kit.topic(1);
    String empty = emptyGroup(kit, topic, 0);
    String stable = kit.name("g");
    try (var member = new GroupChecks.Member(kit, stable, List.of(topic))) {
      GroupChecks.settled(List.of(member), 1);
      Map<String, GroupListing> all = new HashMap<>();
      kit.admin.listGroups().all().get().forEach(listing -> all.put(listing.groupId(), listing));
      Kit.same("state of the empty one", Optional.of(GroupState.EMPTY), all.get(empty).groupState());
      Kit.same("state of the stable one", Optional.of(GroupState.STABLE), all.get(stable).groupState());
      Kit.same("type", Optional.of(GroupType.CLASSIC), all.get(stable).type());
      Kit.same("protocol", "consumer", all.get(stable).protocol());
      Kit.same("a simple group has none", "", all.get(empty).protocol());
      var stableOnly = kit.admin.listGroups(new ListGroupsOptions().inGroupStates(Set.of(GroupState.STABLE))).all().get()
          .stream().map(GroupListing::groupId).toList();
      Kit.that("filtered by state", stableOnly.contains(stable) && !stableOnly.contains(empty));
      var shares = kit.admin.listGroups(new ListGroupsOptions().withTypes(Set.of(GroupType.SHARE))).all().get()
          .stream().map(GroupListing::groupId).toList();
      Kit.that("filtered by type", !shares.contains(stable));
    }
  }

  private static void describe(Kit kit) throws Exception {
    String topic = kit.topic(3);
    String group = kit.name("g");
    try (var member = new GroupChecks.Member(kit, group, List.of(topic), "client.id", "the-client", "group.instance.id", "the-instance")) {
      GroupChecks.settled(List.of(member), 3);
      ConsumerGroupDescription description = kit.admin.describeConsumerGroups(List.of(group)).all().get().get(group);
      Kit.same("state", GroupState.STABLE, description.groupState());
      Kit.same("type", GroupType.CLASSIC, description.type());
      Kit.same("assignor", "range", description.partitionAssignor());
      Kit.same("not simple", false, description.isSimpleConsumerGroup());
      Kit.same("coordinator", kit.admin.describeCluster().nodes().get().iterator().next().id(), description.coordinator().id());
      MemberDescription only = description.members().iterator().next();
      Kit.same("client id", "the-client", only.clientId());
      Kit.same("instance", Optional.of("the-instance"), only.groupInstanceId());
      Kit.that("member id " + only.consumerId(), only.consumerId().startsWith("the-instance-"));
      Kit.same("host", "/127.0.0.1", only.host());
      Kit.same("assignment", Set.of(new TopicPartition(topic, 0), new TopicPartition(topic, 1), new TopicPartition(topic, 2)), only.assignment().topicPartitions());
    }
    String empty = emptyGroup(kit, topic, 0);
    ConsumerGroupDescription description = kit.admin.describeConsumerGroups(List.of(empty)).all().get().get(empty);
    Kit.same("empty", GroupState.EMPTY, description.groupState());
    Kit.same("simple", true, description.isSimpleConsumerGroup());
    Kit.same("no members", List.of(), List.copyOf(description.members()));
  }

  private static void describeUnknown(Kit kit) throws Exception {
    String missing = kit.name("missing");
    Kit.refused(GroupIdNotFoundException.class, () -> kit.admin.describeConsumerGroups(List.of(missing)).all().get());
    Kit.same("no offsets", Map.of(), kit.admin.listConsumerGroupOffsets(missing).partitionsToOffsetAndMetadata().get());
  }

  private static void delete(Kit kit) throws Exception {
    String topic = kit.topic(1);
    String empty = emptyGroup(kit, topic, 0);
    String living = kit.name("g");
    String missing = kit.name("missing");
    try (var member = new GroupChecks.Member(kit, living, List.of(topic))) {
      GroupChecks.settled(List.of(member), 1);
      var results = kit.admin.deleteConsumerGroups(List.of(empty, living, missing)).deletedGroups();
      results.get(empty).get();
      Kit.refused(GroupNotEmptyException.class, () -> results.get(living).get());
      Kit.refused(GroupIdNotFoundException.class, () -> results.get(missing).get());
    }
    Kit.that("gone", kit.admin.listGroups().all().get().stream().noneMatch(listing -> listing.groupId().equals(empty)));
    Kit.same("its offsets too", Map.of(), kit.admin.listConsumerGroupOffsets(empty).partitionsToOffsetAndMetadata().get());
  }

  private static void alterOffsets(Kit kit) throws Exception {
    String topic = kit.topic(2);
    kit.fill(topic, 0, 9);
    String group = kit.name("g");
    TopicPartition at = new TopicPartition(topic, 0);
    kit.admin.alterConsumerGroupOffsets(group, Map.of(at, new OffsetAndMetadata(7, "by hand"))).all().get();
    Kit.same("as told", new OffsetAndMetadata(7, "by hand"), kit.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().get(at));
    try (var consumer = kit.consumer("group.id", group)) {
      consumer.subscribe(List.of(topic));
      Kit.same("a member goes on from there", List.of("v7", "v8"), Kit.values(Kit.take(consumer, 2)));
      Kit.refused(UnknownMemberIdException.class, () -> kit.admin.alterConsumerGroupOffsets(group, Map.of(at, new OffsetAndMetadata(0))).all().get());
    }
    TopicPartition missing = new TopicPartition(kit.name("missing"), 0);
    Kit.refused(UnknownTopicOrPartitionException.class, () -> kit.admin.alterConsumerGroupOffsets(group, Map.of(missing, new OffsetAndMetadata(0))).all().get());
  }

  private static void deleteOffsets(Kit kit) throws Exception {
    String topic = kit.topic(1);
    String other = kit.topic(1);
    TopicPartition at = new TopicPartition(topic, 0);
    TopicPartition elsewhere = new TopicPartition(other, 0);
    String group = kit.name("g");
    try (var consumer = kit.consumer("group.id", group)) {
      consumer.assign(List.of(at));
      consumer.commitSync(Map.of(at, new OffsetAndMetadata(0), elsewhere, new OffsetAndMetadata(0)));
    }
    try (var member = new GroupChecks.Member(kit, group, List.of(topic))) {
      GroupChecks.settled(List.of(member), 1);
      Kit.refused(GroupSubscribedToTopicException.class, () -> kit.admin.deleteConsumerGroupOffsets(group, Set.of(at)).partitionResult(at).get());
      kit.admin.deleteConsumerGroupOffsets(group, Set.of(elsewhere)).all().get();
    }
    var left = kit.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
    Kit.same("only the subscribed one is left", Set.of(at), left.keySet());
    Kit.refused(GroupIdNotFoundException.class, () -> kit.admin.deleteConsumerGroupOffsets(kit.name("missing"), Set.of(at)).all().get());
  }

  private static void listOffsets(Kit kit) throws Exception {
    String topic = kit.topic(2);
    String first = emptyGroup(kit, topic, 0);
    String second = emptyGroup(kit, topic, 5);
    var all = kit.admin.listConsumerGroupOffsets(Map.of(
        first, new ListConsumerGroupOffsetsSpec(), second, new ListConsumerGroupOffsetsSpec().topicPartitions(List.of(new TopicPartition(topic, 0), new TopicPartition(topic, 1))))).all().get();
    Kit.same("first", Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(0)), all.get(first));
    Kit.same("second", new OffsetAndMetadata(5), all.get(second).get(new TopicPartition(topic, 0)));
    Kit.same("asked for, but never committed", null, all.get(second).get(new TopicPartition(topic, 1)));
    var stable = kit.admin.listConsumerGroupOffsets(first, new ListConsumerGroupOffsetsOptions().requireStable(true)).partitionsToOffsetAndMetadata().get();
    Kit.same("stable", 1, stable.size());
  }

  private static void removeMembers(Kit kit) throws Exception {
    String topic = kit.topic(2);
    String group = kit.name("g");
    Object[] patient = {"session.timeout.ms", 25_000};
    List<GroupChecks.Member> members = List.of(
        new GroupChecks.Member(kit, group, List.of(topic), patient), new GroupChecks.Member(kit, group, List.of(topic), patient));
    GroupChecks.settled(members, 2);
    for (var member : members) member.fallSilent();
    Kit.same("they are still there", 2, kit.admin.describeConsumerGroups(List.of(group)).all().get().get(group).members().size());
    kit.admin.removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions()).all().get();
    var description = kit.admin.describeConsumerGroups(List.of(group)).all().get().get(group);
    Kit.same("none is left", 0, description.members().size());
    Kit.same("state", GroupState.EMPTY, description.groupState());
  }

  private static void topicDeleted(Kit kit) throws Exception {
    String topic = kit.topic(1);
    String group = emptyGroup(kit, topic, 0);
    kit.admin.deleteTopics(List.of(topic)).all().get();
    Kit.eventually("no offsets left", () -> kit.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().size(), count -> count == 0);
  }
}
