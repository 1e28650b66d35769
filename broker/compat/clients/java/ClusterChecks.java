// The cluster, its log directories and its advertised address through AdminClient.
import java.net.*;
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.*;

final class ClusterChecks {
  static void addTo(Suite suite) {
    suite.check("cluster: describe", ClusterChecks::describe);
    suite.check("cluster: the advertised address is one that listens, however it resolves", ClusterChecks::advertised);
    suite.check("cluster: log directories hold what was written", ClusterChecks::logDirs);
    suite.check("cluster: log directories of one topic, of an unknown broker", ClusterChecks::logDirsOf);
  }

  private static void describe(Kit kit) throws Exception {
    DescribeClusterResult cluster = kit.admin.describeCluster(new DescribeClusterOptions().includeAuthorizedOperations(true));
    Kit.same("one node", 1, cluster.nodes().get().size());
    Node node = cluster.nodes().get().iterator().next();
    Kit.same("it is the controller", node.id(), cluster.controller().get().id());
    Kit.same("a cluster id as Kafka writes it", 22, cluster.clusterId().get().length());
    Kit.same("no rack", null, node.rack());
    Kit.same("not fenced", false, node.isFenced());
  }

  private static void advertised(Kit kit) throws Exception {
    Node node = kit.admin.describeCluster().nodes().get().iterator().next();
    for (InetAddress address : InetAddress.getAllByName(node.host())) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(address, node.port()), 2_000);
      }
    }
    Kit kitByName = new Kit("localhost:" + node.port(), kit.prefix);
    try (Admin admin = kitByName.admin) {
      Kit.same("reached as localhost", 1, admin.describeCluster().nodes().get().size());
      admin.listTopics().names().get();
    }
  }

  private static void logDirs(Kit kit) throws Exception {
    String topic = kit.topic(2);
    kit.fill(topic, 0, 100, "linger.ms", 100);
    int node = kit.admin.describeCluster().nodes().get().iterator().next().id();
    Map<String, LogDirDescription> dirs = kit.admin.describeLogDirs(List.of(node)).allDescriptions().get().get(node);
    Kit.same("one directory", 1, dirs.size());
    var entry = dirs.entrySet().iterator().next();
    Kit.same("no error", null, entry.getValue().error());
    Kit.that("total bytes", entry.getValue().totalBytes().getAsLong() > 0);
    Kit.that("usable bytes", entry.getValue().usableBytes().getAsLong() > 0);
    var replica = entry.getValue().replicaInfos().get(new TopicPartition(topic, 0));
    java.io.File log = new java.io.File(entry.getKey(), topic + "-0/00000000000000000000.log");
    Kit.same("size of the partition", log.length(), replica.size());
    Kit.that("something was written", replica.size() > 1_000);
    Kit.same("the empty one", 0L, entry.getValue().replicaInfos().get(new TopicPartition(topic, 1)).size());
    Kit.same("lag", 0L, replica.offsetLag());
    Kit.same("not a future log", false, replica.isFuture());
  }

  private static void logDirsOf(Kit kit) throws Exception {
    String topic = kit.topic(1);
    int node = kit.admin.describeCluster().nodes().get().iterator().next().id();
    TopicPartitionReplica replica = new TopicPartitionReplica(topic, 0, node);
    var info = kit.admin.describeReplicaLogDirs(List.of(replica)).all().get().get(replica);
    Kit.that("in a directory", info.getCurrentReplicaLogDir() != null);
    TopicPartitionReplica missing = new TopicPartitionReplica(kit.name("missing"), 0, node);
    Kit.same("an unknown topic is in none", null, kit.admin.describeReplicaLogDirs(List.of(missing)).all().get().get(missing).getCurrentReplicaLogDir());
  }
}
