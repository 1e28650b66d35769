// Kafka's Java producer in transactions, and what administrators see of them.
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.errors.*;

final class TransactionChecks {
  static void addTo(Suite suite) {
    suite.check("transactions: committed records are read, aborted ones are not", TransactionChecks::commitAndAbort);
    suite.check("transactions: what is not committed yet is read by nobody who reads committed records", TransactionChecks::open);
    suite.check("transactions: several partitions at once, many in a row", TransactionChecks::manyInARow);
    suite.check("transactions: offsets are committed with the records", TransactionChecks::offsets);
    suite.check("transactions: offsets of an aborted one are not committed", TransactionChecks::abortedOffsets);
    suite.check("transactions: a second producer fences the first", TransactionChecks::fencing);
    suite.check("transactions: nothing was sent, commit and abort", TransactionChecks::empty);
    suite.check("transactions: one that takes too long is aborted", TransactionChecks::timeout);
    suite.check("transactions: a timeout that is too long is refused", TransactionChecks::tooLong);
    suite.check("transactions: list, describe, describe producers, fence", TransactionChecks::admin);
  }

  private static KafkaProducer<byte[], byte[]> transactional(Kit kit, String id, Object... configs) {
    Object[] all = Arrays.copyOf(configs, configs.length + 2);
    all[configs.length] = "transactional.id";
    all[configs.length + 1] = id;
    return kit.producer(all);
  }

  private static ProducerRecord<byte[], byte[]> record(String topic, int partition, String value) {
    return new ProducerRecord<>(topic, partition, Kit.T, null, Kit.bytes(value));
  }

  private static List<String> committed(Kit kit, String topic, int partition, int count) {
    return Kit.values(kit.read(topic, partition, 0, count, "isolation.level", "read_committed"));
  }

  private static long end(Kit kit, String topic, int partition, IsolationLevel level) throws Exception {
    TopicPartition at = new TopicPartition(topic, partition);
    var answer = kit.admin.listOffsets(Map.of(at, OffsetSpec.latest()), new ListOffsetsOptions(level));
    return answer.partitionResult(at).get().offset();
  }

  private static void commitAndAbort(Kit kit) throws Exception {
    String topic = kit.topic(1);
    try (var producer = transactional(kit, kit.name("x"))) {
      producer.initTransactions();
      for (int round = 0; round < 4; round++) {
        producer.beginTransaction();
        for (int i = 0; i < 3; i++) producer.send(record(topic, 0, (round % 2 == 0 ? "c" : "a") + round + i));
        if (round % 2 == 0) producer.commitTransaction();
        else producer.abortTransaction();
      }
      // The last one may be on its way still: a reader of committed records waits for it.
      producer.beginTransaction();
      producer.send(record(topic, 0, "last"));
      producer.commitTransaction();
    }
    Kit.same("read committed", List.of("c00", "c01", "c02", "c20", "c21", "c22", "last"), committed(kit, topic, 0, 7));
    // A client drops what waits in it when it aborts, so that of the aborted ones there may be few, or none.
    List<String> all = Kit.values(kit.read(topic, 0, 0, 7));
    Kit.that("uncommitted reads see committed ones", all.contains("c00"));
  }

  private static void open(Kit kit) throws Exception {
    String topic = kit.topic(1);
    try (var producer = transactional(kit, kit.name("x")); var consumer = kit.consumer("isolation.level", "read_committed")) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(record(topic, 0, "open")).get();
      kit.fill(topic, 0, 2);
      Kit.same("last stable offset", 0L, end(kit, topic, 0, IsolationLevel.READ_COMMITTED));
      Kit.same("high watermark", 3L, end(kit, topic, 0, IsolationLevel.READ_UNCOMMITTED));
      TopicPartition at = new TopicPartition(topic, 0);
      consumer.assign(List.of(at));
      consumer.seek(at, 0);
      Kit.same("nothing to read", 0, consumer.poll(Duration.ofMillis(500)).count());
      Kit.same("uncommitted", List.of("open", "v0", "v1"), Kit.values(kit.read(topic, 0, 0, 3)));
      producer.commitTransaction();
      Kit.same("afterwards", List.of("open", "v0", "v1"), Kit.values(Kit.take(consumer, 3)));
      Kit.same("last stable offset afterwards", 4L, end(kit, topic, 0, IsolationLevel.READ_COMMITTED));
    }
  }

  private static void manyInARow(Kit kit) throws Exception {
    String topic = kit.topic(3);
    int rounds = 40;
    try (var producer = transactional(kit, kit.name("x"), "compression.type", "lz4")) {
      producer.initTransactions();
      for (int round = 0; round < rounds; round++) {
        producer.beginTransaction();
        for (int partition = 0; partition < 3; partition++) {
          var sent = producer.send(record(topic, partition, (round % 5 == 4 ? "no" : "yes") + round));
          if (round % 5 == 4) sent.get();
        }
        if (round % 5 == 4) producer.abortTransaction();
        else producer.commitTransaction();
      }
    }
    List<String> expected = new ArrayList<>();
    for (int round = 0; round < rounds; round++) if (round % 5 != 4) expected.add("yes" + round);
    for (int partition = 0; partition < 3; partition++)
      Kit.same("partition " + partition, expected, committed(kit, topic, partition, expected.size()));
  }

  private static void offsets(Kit kit) throws Exception {
    String from = kit.topic(1), to = kit.topic(1), group = kit.name("g");
    kit.fill(from, 0, 10);
    try (var producer = transactional(kit, kit.name("x")); var consumer = kit.consumer("group.id", group)) {
      producer.initTransactions();
      consumer.subscribe(List.of(from));
      int copied = 0;
      while (copied < 10) {
        var records = consumer.poll(Duration.ofMillis(200));
        if (records.isEmpty()) continue;
        producer.beginTransaction();
        for (var each : records) producer.send(new ProducerRecord<>(to, 0, each.key(), each.value()));
        copied += records.count();
        var next = Map.of(new TopicPartition(from, 0), new OffsetAndMetadata(copied, "copied"));
        producer.sendOffsetsToTransaction(next, consumer.groupMetadata());
        producer.commitTransaction();
      }
      List<String> values = new ArrayList<>();
      for (int i = 0; i < 10; i++) values.add("v" + i);
      Kit.same("copied", values, committed(kit, to, 0, 10));
      Kit.same("offset", new OffsetAndMetadata(10, "copied").offset(), committedOffset(kit, group, from));
      // A member that the group does not have.
      producer.beginTransaction();
      producer.send(record(to, 0, "zombie"));
      var stranger = new ConsumerGroupMetadata(group, 999, "nobody", Optional.empty());
      Kit.refused(CommitFailedException.class, () -> {
        producer.sendOffsetsToTransaction(Map.of(new TopicPartition(from, 0), new OffsetAndMetadata(3)), stranger);
        return "sent";
      });
      producer.abortTransaction();
      Kit.same("offset afterwards", 10L, committedOffset(kit, group, from));
    }
  }

  /**
   * What the group committed for the topic's partition 0, or -1. Asked for by name: a first commit that is still pending is not among
   * "all". While an outcome is pending, Java's client leaves the partition out of its answer: it is asked again.
   */
  private static long committedOffset(Kit kit, String group, String topic) throws Exception {
    var at = new TopicPartition(topic, 0);
    var spec = Map.of(group, new ListConsumerGroupOffsetsSpec().topicPartitions(List.of(at)));
    var options = new ListConsumerGroupOffsetsOptions().requireStable(true);
    var stable = Kit.eventually("a stable offset", () -> kit.admin.listConsumerGroupOffsets(spec, options).partitionsToOffsetAndMetadata(group).get(), answer -> answer.containsKey(at));
    var offset = stable.get(at);
    return offset == null ? -1 : offset.offset();
  }

  private static void abortedOffsets(Kit kit) throws Exception {
    String topic = kit.topic(1), group = kit.name("g");
    var at = new TopicPartition(topic, 0);
    var outside = new ConsumerGroupMetadata(group);
    try (var producer = transactional(kit, kit.name("x"))) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.sendOffsetsToTransaction(Map.of(at, new OffsetAndMetadata(5)), outside);
      producer.commitTransaction();
      // The group is there only when the first commit in it is complete, a moment after the producer was told.
      Kit.eventually("committed", () -> committedOffset(kit, group, topic), offset -> offset == 5);
      producer.beginTransaction();
      producer.sendOffsetsToTransaction(Map.of(at, new OffsetAndMetadata(7)), outside);
      var unstable = kit.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
      Kit.same("not yet", 5L, unstable.get(at).offset());
      producer.abortTransaction();
      Kit.same("aborted", 5L, committedOffset(kit, group, topic));
    }
  }

  private static void fencing(Kit kit) throws Exception {
    String topic = kit.topic(1), id = kit.name("x");
    try (var first = transactional(kit, id); var second = transactional(kit, id)) {
      first.initTransactions();
      first.beginTransaction();
      first.send(record(topic, 0, "first")).get();
      second.initTransactions();
      Kit.refused(ProducerFencedException.class, () -> {
        first.commitTransaction();
        return "committed";
      });
      second.beginTransaction();
      second.send(record(topic, 0, "second"));
      second.commitTransaction();
    }
    Kit.same("read committed", List.of("second"), committed(kit, topic, 0, 1));
  }

  private static void empty(Kit kit) throws Exception {
    String topic = kit.topic(1);
    try (var producer = transactional(kit, kit.name("x"))) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.commitTransaction();
      producer.beginTransaction();
      producer.abortTransaction();
      producer.beginTransaction();
      producer.send(record(topic, 0, "after"));
      producer.commitTransaction();
    }
    Kit.same("read committed", List.of("after"), committed(kit, topic, 0, 1));
  }

  private static void timeout(Kit kit) throws Exception {
    String topic = kit.topic(1);
    try (var producer = transactional(kit, kit.name("x"), "transaction.timeout.ms", 1000, "max.block.ms", 10_000, "delivery.timeout.ms", 1000, "request.timeout.ms", 900)) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(record(topic, 0, "slow")).get();
      Kit.eventually("the last stable offset moves", () -> end(kit, topic, 0, IsolationLevel.READ_COMMITTED), offset -> offset == 2);
      try {
        producer.commitTransaction();
        throw new AssertionError("an aborted transaction was committed");
      } catch (KafkaException refused) {
        // Which one depends on how far the coordinator is: fenced, or an invalid state.
      }
    }
    kit.fill(topic, 0, 1);
    Kit.same("read committed", List.of("v0"), committed(kit, topic, 0, 1));
  }

  private static void tooLong(Kit kit) throws Exception {
    try (var producer = transactional(kit, kit.name("x"), "transaction.timeout.ms", 900_001)) {
      KafkaException refused = Kit.refused(KafkaException.class, () -> {
        producer.initTransactions();
        return "initialised";
      });
      Kit.that(refused.getMessage(), refused.getMessage().contains("transaction.max.timeout.ms"));
    }
  }

  private static void admin(Kit kit) throws Exception {
    String topic = kit.topic(2), id = kit.name("x"), idle = kit.name("idle");
    try (var producer = transactional(kit, id, "transaction.timeout.ms", 45_000); var other = transactional(kit, idle)) {
      producer.initTransactions();
      other.initTransactions();
      producer.beginTransaction();
      producer.send(record(topic, 1, "a")).get();
      TransactionDescription described = kit.admin.describeTransactions(List.of(id)).description(id).get();
      Kit.same("state", TransactionState.ONGOING, described.state());
      Kit.same("timeout", 45_000L, described.transactionTimeoutMs());
      Kit.same("partitions", Set.of(new TopicPartition(topic, 1)), described.topicPartitions());
      Kit.that("started", described.transactionStartTimeMs().isPresent());
      var options = new ListTransactionsOptions().filterStates(List.of(TransactionState.ONGOING)).filterOnTransactionalIdPattern(id + ".*");
      var listed = kit.admin.listTransactions(options).all().get();
      Kit.same("listed", List.of(id), listed.stream().map(TransactionListing::transactionalId).toList());
      var byProducer = new ListTransactionsOptions().filterProducerIds(List.of(described.producerId()));
      Kit.same("by producer", 1, kit.admin.listTransactions(byProducer).all().get().size());
      var byDuration = new ListTransactionsOptions().filterOnDuration(3_600_000).filterStates(List.of(TransactionState.ONGOING));
      Kit.that("none is that old", kit.admin.listTransactions(byDuration).all().get().isEmpty());
      var at = new TopicPartition(topic, 1);
      var active = kit.admin.describeProducers(List.of(at)).partitionResult(at).get().activeProducers();
      Kit.same("one producer", 1, active.size());
      Kit.same("its transaction begins", OptionalLong.of(0), active.get(0).currentTransactionStartOffset());
      Kit.same("its id", described.producerId(), active.get(0).producerId());
      Kit.refused(TransactionalIdNotFoundException.class, () -> kit.admin.describeTransactions(List.of("no-such")).description("no-such").get());
      kit.admin.fenceProducers(List.of(id)).all().get();
      Kit.eventually("the transaction is aborted", () -> end(kit, topic, 1, IsolationLevel.READ_COMMITTED), offset -> offset == 2);
      Kit.refused(ProducerFencedException.class, () -> {
        producer.commitTransaction();
        return "committed";
      });
    }
  }
}
