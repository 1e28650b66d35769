// Kafka's Java consumer without groups: positions, seeks, limits, long polls, metadata.
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.errors.*;

final class ConsumerChecks {
  static void addTo(Suite suite) {
    for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd"))
      suite.check("consume: from an offset inside a batch, " + codec, kit -> insideBatch(kit, codec));
    suite.check("consume: beginning, end, position", ConsumerChecks::positions);
    suite.check("consume: offsets for times", ConsumerChecks::offsetsForTimes);
    suite.check("consume: an offset out of range", ConsumerChecks::outOfRange);
    suite.check("consume: small fetch limits still get everything", ConsumerChecks::smallFetches);
    suite.check("consume: a long poll wakes for a new record", ConsumerChecks::longPoll);
    suite.check("consume: fetch.min.bytes waits, fetch.max.wait.ms ends it", ConsumerChecks::minBytes);
    suite.check("consume: read_committed on plain records", ConsumerChecks::readCommitted);
    suite.check("consume: many partitions in one session", ConsumerChecks::manyPartitions);
    suite.check("consume: CRCs are right", ConsumerChecks::crcs);
    suite.check("consume: metadata of topics and partitions", ConsumerChecks::metadata);
    suite.check("consume: a topic deleted and created anew", ConsumerChecks::recreated);
  }

  private static void insideBatch(Kit kit, String codec) throws Exception {
    String topic = kit.topic(1);
    kit.fill(topic, 0, 20, "linger.ms", 500, "batch.size", 100_000, "compression.type", codec);
    kit.fill(topic, 0, 20, "linger.ms", 500, "batch.size", 100_000, "compression.type", codec);
    for (int from : List.of(0, 1, 7, 19, 20, 33, 39)) {
      var got = kit.read(topic, 0, from, 40 - from);
      Kit.same("first offset", (long) from, got.get(0).offset());
      Kit.same("first value", "v" + from % 20, Kit.text(got.get(0).value()));
      Kit.same("last offset", 39L, got.get(got.size() - 1).offset());
    }
  }

  private static void positions(Kit kit) throws Exception {
    String topic = kit.topic(2);
    kit.fill(topic, 0, 7);
    try (var consumer = kit.consumer()) {
      TopicPartition full = new TopicPartition(topic, 0);
      TopicPartition empty = new TopicPartition(topic, 1);
      Kit.same("beginning", Map.of(full, 0L, empty, 0L), consumer.beginningOffsets(List.of(full, empty)));
      Kit.same("end", Map.of(full, 7L, empty, 0L), consumer.endOffsets(List.of(full, empty)));
      consumer.assign(List.of(full, empty));
      consumer.seekToEnd(List.of(full));
      Kit.same("position at the end", 7L, consumer.position(full));
      consumer.seek(full, 5);
      Kit.same("the last two", List.of("v5", "v6"), Kit.values(Kit.take(consumer, 2)));
      Kit.same("position", 7L, consumer.position(full));
      Kit.same("lag", OptionalLong.of(0), consumer.currentLag(full));
    }
  }

  private static void offsetsForTimes(Kit kit) throws Exception {
    String topic = kit.topic(2);
    kit.fill(topic, 0, 10, "linger.ms", 200);
    TopicPartition at = new TopicPartition(topic, 0);
    TopicPartition empty = new TopicPartition(topic, 1);
    try (var consumer = kit.consumer()) {
      var found = consumer.offsetsForTimes(Map.of(at, Kit.T + 4, empty, 0L));
      Kit.same("offset", 4L, found.get(at).offset());
      Kit.same("timestamp", Kit.T + 4, found.get(at).timestamp());
      Kit.same("leader epoch", Optional.of(0), found.get(at).leaderEpoch());
      Kit.same("none in an empty partition", null, found.get(empty));
    }
  }

  private static void outOfRange(Kit kit) throws Exception {
    String topic = kit.topic(1);
    kit.fill(topic, 0, 3);
    TopicPartition at = new TopicPartition(topic, 0);
    try (var consumer = kit.consumer("auto.offset.reset", "none")) {
      consumer.assign(List.of(at));
      consumer.seek(at, 100);
      var thrown = Kit.refused(org.apache.kafka.clients.consumer.OffsetOutOfRangeException.class, () -> consumer.poll(Kit.PATIENCE));
      Kit.same("which", Map.of(at, 100L), thrown.offsetOutOfRangePartitions());
      consumer.seek(at, 3);
      Kit.same("the end itself is in range", 0, consumer.poll(Duration.ofMillis(700)).count());
    }
    Kit.same("auto.offset.reset=earliest starts over", List.of("v0", "v1", "v2"), Kit.values(kit.read(topic, 0, 100, 3)));
  }

  private static void smallFetches(Kit kit) throws Exception {
    String topic = kit.topic(3);
    for (int partition = 0; partition < 3; partition++) kit.fill(topic, partition, 200, "batch.size", 2_000, "linger.ms", 20);
    try (var consumer = kit.consumer("max.partition.fetch.bytes", 100, "fetch.max.bytes", 100, "max.poll.records", 7)) {
      consumer.assign(List.of(0, 1, 2).stream().map(index -> new TopicPartition(topic, index)).toList());
      consumer.seekToBeginning(consumer.assignment());
      Map<Integer, Long> next = new HashMap<>(Map.of(0, 0L, 1, 0L, 2, 0L));
      for (var record : Kit.take(consumer, 600)) {
        Kit.same("offset without gap", next.get(record.partition()), record.offset());
        next.put(record.partition(), record.offset() + 1);
      }
      Kit.same("all of each", Map.of(0, 200L, 1, 200L, 2, 200L), next);
    }
  }

  private static void longPoll(Kit kit) throws Exception {
    String topic = kit.topic(1);
    TopicPartition at = new TopicPartition(topic, 0);
    try (var consumer = kit.consumer("fetch.max.wait.ms", 20_000); var producer = kit.producer()) {
      consumer.assign(List.of(at));
      consumer.seek(at, 0);
      consumer.poll(Duration.ofMillis(800));
      long sentAt = System.nanoTime();
      producer.send(new ProducerRecord<>(topic, 0, null, Kit.bytes("news"))).get();
      Kit.same("the record", List.of("news"), Kit.values(Kit.take(consumer, 1)));
      long ms = (System.nanoTime() - sentAt) / 1_000_000;
      Kit.that("woken, not timed out: " + ms + " ms", ms < 10_000);
      consumer.close(CloseOptions.timeout(Duration.ZERO)); // it would wait for the answer of the poll that is under way
    }
  }

  private static void minBytes(Kit kit) throws Exception {
    String topic = kit.topic(1);
    kit.fill(topic, 0, 1);
    TopicPartition at = new TopicPartition(topic, 0);
    try (var consumer = kit.consumer("fetch.min.bytes", 1_000_000, "fetch.max.wait.ms", 1_500)) {
      consumer.partitionsFor(topic);
      consumer.assign(List.of(at));
      consumer.seek(at, 0);
      long startedAt = System.nanoTime();
      Kit.take(consumer, 1);
      long ms = (System.nanoTime() - startedAt) / 1_000_000;
      Kit.that("waited for more: " + ms + " ms", ms >= 1_300);
    }
  }

  private static void readCommitted(Kit kit) throws Exception {
    String topic = kit.topic(1);
    kit.fill(topic, 0, 12);
    Kit.same("all", 12, kit.read(topic, 0, 0, 12, "isolation.level", "read_committed").size());
    try (var consumer = kit.consumer("isolation.level", "read_committed")) {
      TopicPartition at = new TopicPartition(topic, 0);
      Kit.same("last stable offset", Map.of(at, 12L), consumer.endOffsets(List.of(at)));
    }
  }

  private static void manyPartitions(Kit kit) throws Exception {
    String topic = kit.topic(40);
    try (var producer = kit.producer(); var consumer = kit.consumer()) {
      List<TopicPartition> all = new ArrayList<>();
      for (int i = 0; i < 40; i++) all.add(new TopicPartition(topic, i));
      consumer.assign(all);
      consumer.seekToBeginning(all);
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 40; i++) producer.send(new ProducerRecord<>(topic, i, null, Kit.bytes(round + "/" + i)));
        producer.flush();
        Set<String> wanted = new TreeSet<>();
        for (int i = 0; i < 40; i++) wanted.add(round + "/" + i);
        Kit.same("round " + round, wanted, new TreeSet<>(Kit.values(Kit.take(consumer, 40))));
      }
      consumer.assign(all.subList(0, 20));
      consumer.seekToEnd(all.subList(0, 20));
      for (TopicPartition at : all.subList(0, 20)) consumer.position(at);
      producer.send(new ProducerRecord<>(topic, 30, null, Kit.bytes("not assigned"))).get();
      producer.send(new ProducerRecord<>(topic, 3, null, Kit.bytes("assigned"))).get();
      Kit.same("forgotten partitions are not sent", List.of("assigned"), Kit.values(Kit.take(consumer, 1)));
    }
  }

  private static void crcs(Kit kit) throws Exception {
    String topic = kit.topic(1);
    kit.fill(topic, 0, 50, "compression.type", "gzip");
    Kit.same("records", 50, kit.read(topic, 0, 0, 50, "check.crcs", true).size());
  }

  private static void metadata(Kit kit) throws Exception {
    String topic = kit.topic(3);
    try (var consumer = kit.consumer()) {
      List<PartitionInfo> partitions = consumer.partitionsFor(topic);
      Kit.same("partitions", Set.of(0, 1, 2), new TreeSet<>(partitions.stream().map(PartitionInfo::partition).toList()));
      for (PartitionInfo info : partitions) {
        Kit.that("a leader", info.leader() != null);
        Kit.same("no offline replicas", 0, info.offlineReplicas().length);
      }
      Kit.that("among all topics", consumer.listTopics().containsKey(topic));
      Kit.refused(InvalidTopicException.class, () -> consumer.partitionsFor("not a name"));
    }
  }

  private static void recreated(Kit kit) throws Exception {
    String topic = kit.topic(1);
    kit.fill(topic, 0, 5);
    TopicPartition at = new TopicPartition(topic, 0);
    try (var consumer = kit.consumer()) {
      consumer.assign(List.of(at));
      consumer.seekToBeginning(List.of(at));
      Kit.take(consumer, 5);
      kit.admin.deleteTopics(List.of(topic)).all().get();
      kit.create(topic, 1);
      kit.fill(topic, 0, 2);
      Kit.same("starts over in the new one", List.of("v0", "v1"), Kit.values(Kit.take(consumer, 2)));
    }
  }
}
