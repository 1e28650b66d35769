// What only a controller decides, through AdminClient: feature levels, elections, reassignments, the quorum, unregistration.
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.admin.FeatureUpdate.UpgradeType;
import org.apache.kafka.common.*;
import org.apache.kafka.common.errors.*;

final class ControllerChecks {
  static void addTo(Suite suite) {
    suite.check("controller: feature levels that may be set and that may not", ControllerChecks::features);
    suite.check("controller: elections nobody needs, and of partitions that are not there", ControllerChecks::elections);
    suite.check("controller: reassignments on one broker", ControllerChecks::reassignments);
    suite.check("controller: the quorum of the metadata", ControllerChecks::quorum);
    suite.check("controller: a broker that is not registered", kit ->
      Kit.refused(BrokerIdNotRegisteredException.class, () -> kit.admin.unregisterBroker(4711).all().get()));
  }

  private static Void update(Kit kit, boolean validateOnly, String feature, int level, UpgradeType type) throws Exception {
    var update = Map.of(feature, new FeatureUpdate((short) level, type));
    return kit.admin.updateFeatures(update, new UpdateFeaturesOptions().validateOnly(validateOnly)).all().get();
  }

  /** Other checks run beside this one: what it really writes changes nothing. */
  private static void features(Kit kit) throws Exception {
    String transactions = "transaction.version";
    update(kit, false, transactions, 2, UpgradeType.UPGRADE);
    update(kit, true, transactions, 1, UpgradeType.SAFE_DOWNGRADE);
    update(kit, true, transactions, 1, UpgradeType.UNSAFE_DOWNGRADE);
    update(kit, true, "metadata.version", 30, UpgradeType.UPGRADE);
    Class<InvalidUpdateVersionException> invalid = InvalidUpdateVersionException.class;
    Kit.refused(invalid, () -> update(kit, true, transactions, 1, UpgradeType.UPGRADE));
    Kit.refused(invalid, () -> update(kit, true, transactions, 3, UpgradeType.UPGRADE));
    Kit.refused(invalid, () -> update(kit, true, "no.such.feature", 1, UpgradeType.UPGRADE));
    Kit.refused(invalid, () -> update(kit, true, "metadata.version", 29, UpgradeType.SAFE_DOWNGRADE));
    Kit.refused(invalid, () -> update(kit, true, "metadata.version", 31, UpgradeType.UPGRADE));
    var levels = kit.admin.describeFeatures().featureMetadata().get().finalizedFeatures();
    Kit.same("the level", (short) 2, levels.get(transactions).maxVersionLevel());
  }

  private static void elections(Kit kit) throws Exception {
    TopicPartition there = new TopicPartition(kit.topic(1), 0);
    TopicPartition missing = new TopicPartition(there.topic(), 5);
    for (ElectionType type : ElectionType.values()) {
      var answers = kit.admin.electLeaders(type, Set.of(there, missing)).partitions().get();
      Kit.same("led already", ElectionNotNeededException.class, answers.get(there).get().getClass());
      Kit.same("missing", UnknownTopicOrPartitionException.class, answers.get(missing).get().getClass());
    }
  }

  private static Void reassign(Kit kit, TopicPartition partition, Integer... brokers) throws Exception {
    var wanted = brokers == null ? Optional.<NewPartitionReassignment>empty() : Optional.of(new NewPartitionReassignment(List.of(brokers)));
    return kit.admin.alterPartitionReassignments(Map.of(partition, wanted)).all().get();
  }

  private static void reassignments(Kit kit) throws Exception {
    TopicPartition partition = new TopicPartition(kit.topic(1), 0);
    int node = kit.admin.describeCluster().nodes().get().iterator().next().id();
    reassign(kit, partition, node);
    Kit.refused(InvalidReplicaAssignmentException.class, () -> reassign(kit, partition, node, 4711));
    Kit.refused(NoReassignmentInProgressException.class, () -> reassign(kit, partition, (Integer[]) null));
    Kit.refused(UnknownTopicOrPartitionException.class, () -> reassign(kit, new TopicPartition(kit.name("missing"), 0), node));
    Kit.same("none under way", Map.of(), kit.admin.listPartitionReassignments().reassignments().get());
  }

  private static void quorum(Kit kit) throws Exception {
    QuorumInfo quorum = kit.admin.describeMetadataQuorum().quorumInfo().get();
    Kit.same("one voter", 1, quorum.voters().size());
    Kit.same("it leads", quorum.leaderId(), quorum.voters().get(0).replicaId());
    Kit.that("an epoch and an end", quorum.leaderEpoch() > 0 && quorum.highWatermark() > 0 && quorum.voters().get(0).logEndOffset() > 0);
    Kit.same("nobody watches", 0, quorum.observers().size());
  }
}
