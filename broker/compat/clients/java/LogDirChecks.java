// Moving replicas between the log directories of one broker (AlterReplicaLogDirs, KIP-113). One check after the other: they share
// the throttle. Needs a broker with three log directories.
import java.util.*;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.*;

final class LogDirChecks {
  /** Larger than what either broker copies before it is held back. */
  private static final int LARGE_RECORDS = 400;
  private static final int LARGE_BYTES = 10_000;

  static void addTo(Suite suite) {
    suite.check("move: records, transactions and offsets stay, and the producer goes on", LogDirChecks::move);
    suite.check("move: through all directories while records come, each of them once", LogDirChecks::underLoad);
    suite.check("move: held back, described with its lag, given up for another directory and for the old one", LogDirChecks::heldBack);
    suite.check("move: the log start follows", LogDirChecks::logStart);
    suite.check("move: ends with its topic", LogDirChecks::deleted);
    suite.check("move: groups and transactions go on while their own topics move", LogDirChecks::coordinators);
    suite.check("move: paths and partitions that are refused", LogDirChecks::refused);
    suite.check("move: a partition that comes later is created where it was asked for", LogDirChecks::later);
  }

  /** For the next broker: a topic whose move is held back when this one stops. */
  static void leaveMoving(String bootstrap, String topic) throws Exception {
    Kit kit = new Kit(bootstrap, topic);
    kit.create(topic, 1);
    large(kit, topic);
    throttle(kit, 1_000);
    alter(kit, topic, 0, other(kit, topic, 0)).all().get();
    Kit.that("it moves", info(kit, topic, 0).getFutureReplicaLogDir() != null);
    System.out.println("@" + info(kit, topic, 0).getCurrentReplicaLogDir() + " " + info(kit, topic, 0).getFutureReplicaLogDir());
  }

  /** The move that another broker left is finished. */
  static void finish(String bootstrap, String topic, String target) throws Exception {
    Kit kit = new Kit(bootstrap, topic);
    throttle(kit, Long.MAX_VALUE);
    Kit.eventually("the move ends", () -> where(kit, topic, 0), (target + " -")::equals);
    List<String> values = Kit.values(kit.read(topic, 0, 0, LARGE_RECORDS));
    for (int i = 0; i < LARGE_RECORDS; i++) Kit.that("record " + i, values.get(i).startsWith("v" + i + " "));
    kit.fill(topic, 0, 10);
    Kit.same("records that came later", 10, kit.read(topic, 0, LARGE_RECORDS, 10).size());
  }

  private static void move(Kit kit) throws Exception {
    String topic = kit.topic(1, "segment.bytes", "1048576");
    try (KafkaProducer<byte[], byte[]> transactional = kit.producer("transactional.id", kit.name("x"));
        KafkaProducer<byte[], byte[]> idempotent = kit.producer("enable.idempotence", true)) {
      kit.fill(idempotent, topic, 0, 0, 500);
      transactional.initTransactions();
      transactional.beginTransaction();
      kit.fill(transactional, topic, 0, 500, 50);
      transactional.abortTransaction();
      transactional.beginTransaction();
      kit.fill(transactional, topic, 0, 550, 50);
      String target = other(kit, topic, 0);
      alter(kit, topic, 0, target).all().get();
      Kit.eventually("it is there", () -> where(kit, topic, 0), (target + " -")::equals);
      kit.fill(transactional, topic, 0, 600, 50);
      transactional.commitTransaction();
      kit.fill(idempotent, topic, 0, 650, 50);
    }
    List<String> values = Kit.values(kit.read(topic, 0, 0, 650, "isolation.level", "read_committed"));
    for (int i = 0; i < 650; i++) Kit.same("record " + i, "v" + (i < 500 ? i : i + 50), values.get(i));
    Kit.same("the end, with two markers", 702L, end(kit, topic));
    Kit.same("producers", 2, kit.admin.describeProducers(List.of(new TopicPartition(topic, 0))).all().get()
        .get(new TopicPartition(topic, 0)).activeProducers().size());
  }

  private static void underLoad(Kit kit) throws Exception {
    String topic = kit.topic(1, "segment.bytes", "1048576");
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer = kit.producer("linger.ms", 5)) {
      for (int round = 0; round < 3; round++) {
        String target = other(kit, topic, round);
        alter(kit, topic, 0, target).all().get();
        int at = round;
        Kit.eventually("move " + round, () -> {
          for (int i = 0; i < 50; i++) {
            String value = "v" + sent.size() + " " + "x".repeat(1_000);
            sent.add(producer.send(new ProducerRecord<>(topic, 0, Kit.bytes("k" + at), Kit.bytes(value))));
          }
          return where(kit, topic, 0);
        }, (target + " -")::equals);
      }
    }
    for (int i = 0; i < sent.size(); i++) Kit.same("offset", (long) i, sent.get(i).get().offset());
    List<ConsumerRecord<byte[], byte[]>> all = kit.read(topic, 0, 0, sent.size());
    for (int i = 0; i < sent.size(); i++) {
      Kit.same("offset", (long) i, all.get(i).offset());
      Kit.that("record " + i, Kit.text(all.get(i).value()).startsWith("v" + i + " "));
    }
    Kit.same("no more", (long) sent.size(), end(kit, topic));
  }

  private static void heldBack(Kit kit) throws Exception {
    String topic = kit.topic(1);
    large(kit, topic);
    String current = info(kit, topic, 0).getCurrentReplicaLogDir();
    List<String> others = new ArrayList<>(dirs(kit).keySet());
    others.remove(current);
    throttle(kit, 1_000);
    try {
      alter(kit, topic, 0, others.get(0)).all().get();
      Kit.same("both", current + " " + others.get(0), where(kit, topic, 0));
      Kit.that("it lags", info(kit, topic, 0).getFutureReplicaOffsetLag() > 0);
      ReplicaInfo future = dirs(kit).get(others.get(0)).replicaInfos().get(new TopicPartition(topic, 0));
      Kit.same("a future log", true, future.isFuture());
      Kit.same("the current one", false, dirs(kit).get(current).replicaInfos().get(new TopicPartition(topic, 0)).isFuture());
      alter(kit, topic, 0, others.get(0)).all().get();
      Kit.same("asked for again", current + " " + others.get(0), where(kit, topic, 0));
      alter(kit, topic, 0, others.get(1)).all().get();
      Kit.eventually("the other one", () -> where(kit, topic, 0), (current + " " + others.get(1))::equals);
      alter(kit, topic, 0, current).all().get();
      Kit.eventually("given up", () -> where(kit, topic, 0), (current + " -")::equals);
      alter(kit, topic, 0, others.get(0)).all().get();
    } finally {
      throttle(kit, Long.MAX_VALUE);
    }
    Kit.eventually("it is there", () -> where(kit, topic, 0), (others.get(0) + " -")::equals);
    Kit.same("records", LARGE_RECORDS, kit.read(topic, 0, 0, LARGE_RECORDS).size());
  }

  private static void logStart(Kit kit) throws Exception {
    String topic = kit.topic(1);
    large(kit, topic);
    TopicPartition at = new TopicPartition(topic, 0);
    kit.admin.deleteRecords(Map.of(at, RecordsToDelete.beforeOffset(37))).all().get();
    String target = other(kit, topic, 0);
    alter(kit, topic, 0, target).all().get();
    Kit.eventually("it is there", () -> where(kit, topic, 0), (target + " -")::equals);
    Kit.same("the start", 37L, kit.admin.listOffsets(Map.of(at, OffsetSpec.earliest())).partitionResult(at).get().offset());
    Kit.same("the end", (long) LARGE_RECORDS, end(kit, topic));
    Kit.same("the first record", 37L, kit.read(topic, 0, 37, LARGE_RECORDS - 37).get(0).offset());
  }

  private static void coordinators(Kit kit) throws Exception {
    String topic = kit.topic(1);
    String group = kit.name("g");
    TopicPartition at = new TopicPartition(topic, 0);
    try (KafkaProducer<byte[], byte[]> producer = kit.producer("transactional.id", kit.name("x"));
        var consumer = kit.consumer("group.id", group)) {
      producer.initTransactions();
      for (int round = 0; round < 4; round++) {
        if (round > 0) moveCoordinators(kit, round);
        producer.beginTransaction();
        kit.fill(producer, topic, 0, round * 20, 20);
        producer.sendOffsetsToTransaction(Map.of(at, new OffsetAndMetadata(round * 100 + 1)), new ConsumerGroupMetadata(group));
        producer.commitTransaction();
        Kit.same("committed with the transaction", round * 100 + 1L, consumer.committed(Set.of(at)).get(at).offset());
        consumer.assign(List.of(at));
        consumer.commitSync(Map.of(at, new OffsetAndMetadata(round * 100 + 2)));
        Kit.same("committed", round * 100 + 2L, consumer.committed(Set.of(at)).get(at).offset());
      }
    }
    Kit.same("records", 80, kit.read(topic, 0, 0, 80, "isolation.level", "read_committed").size());
  }

  /** All partitions of the internal topics, each to the next directory. */
  private static void moveCoordinators(Kit kit, int round) throws Exception {
    List<String> all = new ArrayList<>(dirs(kit).keySet());
    Map<TopicPartitionReplica, String> wanted = new HashMap<>();
    dirs(kit).forEach((path, dir) -> dir.replicaInfos().keySet().forEach(at -> {
      if (!at.topic().startsWith("__")) return;
      String target = all.get((all.indexOf(path) + 1) % all.size());
      try {
        wanted.put(new TopicPartitionReplica(at.topic(), at.partition(), node(kit)), target);
      } catch (Exception cause) {
        throw new IllegalStateException(cause);
      }
    }));
    Kit.that("there are some", wanted.size() > 1);
    kit.admin.alterReplicaLogDirs(wanted).all().get();
    Kit.eventually("round " + round, () -> {
      int there = 0;
      var dirs = dirs(kit);
      for (var entry : wanted.entrySet()) {
        var at = new TopicPartition(entry.getKey().topic(), entry.getKey().partition());
        ReplicaInfo replica = dirs.get(entry.getValue()).replicaInfos().get(at);
        if (replica != null && !replica.isFuture()) there++;
      }
      return there;
    }, there -> there == wanted.size());
  }

  private static void deleted(Kit kit) throws Exception {
    String topic = kit.topic(1);
    large(kit, topic);
    String target = other(kit, topic, 0);
    throttle(kit, 1_000);
    try {
      alter(kit, topic, 0, target).all().get();
      kit.admin.deleteTopics(List.of(topic)).all().get();
      TopicPartition at = new TopicPartition(topic, 0);
      Kit.eventually("it is nowhere", () -> {
        for (LogDirDescription dir : dirs(kit).values()) if (dir.replicaInfos().containsKey(at)) return true;
        return false;
      }, isThere -> !isThere);
    } finally {
      throttle(kit, Long.MAX_VALUE);
    }
    Kit.eventually("no copy on the disk", () -> {
      String[] names = new java.io.File(target).list((dir, name) -> name.startsWith(topic + "-") && name.endsWith("-future"));
      return names.length;
    }, count -> count == 0);
  }

  private static void refused(Kit kit) throws Exception {
    String topic = kit.topic(1);
    String target = other(kit, topic, 0);
    for (String path : List.of("/no/such/directory", "relative", new java.io.File(target).getName(), target + "/", ""))
      Kit.refused(LogDirNotFoundException.class, () -> alter(kit, topic, 0, path).all().get());
    String before = where(kit, topic, 0);
    Kit.refused(UnknownTopicOrPartitionException.class, () -> alter(kit, topic, 7, target).all().get());
    Kit.refused(UnknownTopicOrPartitionException.class, () -> alter(kit, kit.name("missing"), 0, target).all().get());
    Kit.refused(InvalidTopicException.class, () -> alter(kit, "x".repeat(220), 0, target).all().get());
    Kit.same("it is where it was", before, where(kit, topic, 0));
    int node = node(kit);
    TopicPartitionReplica good = new TopicPartitionReplica(topic, 0, node);
    TopicPartitionReplica bad = new TopicPartitionReplica(kit.name("missing"), 0, node);
    var results = kit.admin.alterReplicaLogDirs(Map.of(good, target, bad, target)).values();
    results.get(good).get();
    Kit.refused(UnknownTopicOrPartitionException.class, () -> results.get(bad).get());
    Kit.eventually("the good one moved", () -> where(kit, topic, 0), (target + " -")::equals);
  }

  private static void later(Kit kit) throws Exception {
    List<String> all = new ArrayList<>(dirs(kit).keySet());
    for (String path : all) {
      String topic = kit.name("later");
      Kit.refused(UnknownTopicOrPartitionException.class, () -> alter(kit, topic, 0, path).all().get());
      kit.create(topic, 1);
      Kit.same("where it was asked for", path + " -", where(kit, topic, 0));
    }
  }

  private static void large(Kit kit, String topic) throws Exception {
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer = kit.producer("linger.ms", 5)) {
      String rest = "x".repeat(LARGE_BYTES);
      for (int i = 0; i < LARGE_RECORDS; i++)
        sent.add(producer.send(new ProducerRecord<>(topic, 0, Kit.bytes("k" + i), Kit.bytes("v" + i + " " + rest))));
    }
    for (var future : sent) future.get();
  }

  private static void throttle(Kit kit, long bytesPerSecond) throws Exception {
    ConfigResource all = new ConfigResource(ConfigResource.Type.BROKER, "");
    ConfigEntry entry = new ConfigEntry("replica.alter.log.dirs.io.max.bytes.per.second", String.valueOf(bytesPerSecond));
    AlterConfigOp.OpType type = bytesPerSecond == Long.MAX_VALUE ? AlterConfigOp.OpType.DELETE : AlterConfigOp.OpType.SET;
    kit.admin.incrementalAlterConfigs(Map.of(all, List.of(new AlterConfigOp(entry, type)))).all().get();
    // Kafka's brokers hear of it a moment later.
    Thread.sleep(500);
  }

  private static AlterReplicaLogDirsResult alter(Kit kit, String topic, int partition, String path) throws Exception {
    return kit.admin.alterReplicaLogDirs(Map.of(new TopicPartitionReplica(topic, partition, node(kit)), path));
  }

  private static int node(Kit kit) throws Exception {
    return kit.admin.describeCluster().nodes().get().iterator().next().id();
  }

  private static Map<String, LogDirDescription> dirs(Kit kit) throws Exception {
    return new TreeMap<>(kit.admin.describeLogDirs(List.of(node(kit))).allDescriptions().get().get(node(kit)));
  }

  private static DescribeReplicaLogDirsResult.ReplicaLogDirInfo info(Kit kit, String topic, int partition) throws Exception {
    TopicPartitionReplica replica = new TopicPartitionReplica(topic, partition, node(kit));
    return kit.admin.describeReplicaLogDirs(List.of(replica)).all().get().get(replica);
  }

  /** "current future", "-" where there is none. */
  private static String where(Kit kit, String topic, int partition) throws Exception {
    var info = info(kit, topic, partition);
    String future = info.getFutureReplicaLogDir();
    return info.getCurrentReplicaLogDir() + " " + (future == null ? "-" : future);
  }

  /** A directory in which the first partition is not. */
  private static String other(Kit kit, String topic, int which) throws Exception {
    List<String> all = new ArrayList<>(dirs(kit).keySet());
    all.remove(info(kit, topic, 0).getCurrentReplicaLogDir());
    return all.get(which % all.size());
  }

  private static long end(Kit kit, String topic) throws Exception {
    TopicPartition at = new TopicPartition(topic, 0);
    return kit.admin.listOffsets(Map.of(at, OffsetSpec.latest())).partitionResult(at).get().offset();
  }
}
