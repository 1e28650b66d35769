// ListOffsets by every special timestamp and by time, and DeleteRecords, through AdminClient.
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.*;

final class OffsetChecks {
  static void addTo(Suite suite) {
    suite.check("offsets: earliest, latest, maximum timestamp, local and tiered", OffsetChecks::special);
    suite.check("offsets: by time, exact within a batch", context -> byTime(context, "none"));
    suite.check("offsets: by time, exact within a gzip batch", context -> byTime(context, "gzip"));
    suite.check("offsets: by time over several segments and odd orders", OffsetChecks::byTimeAcrossBatches);
    suite.check("offsets: empty partitions", OffsetChecks::empty);
    suite.check("offsets: unknown partitions", OffsetChecks::unknown);
    suite.check("delete records: moves the start of the log", OffsetChecks::deleteRecords);
    suite.check("delete records: what is refused", OffsetChecks::deleteRefused);
  }

  private static ListOffsetsResult.ListOffsetsResultInfo ask(Kit kit, String topic, int partition, OffsetSpec spec) throws Exception {
    TopicPartition at = new TopicPartition(topic, partition);
    return kit.admin.listOffsets(Map.of(at, spec)).partitionResult(at).get();
  }

  private static void send(KafkaProducer<byte[], byte[]> producer, String topic, long... timestamps) throws Exception {
    List<java.util.concurrent.Future<RecordMetadata>> sent = new ArrayList<>();
    for (long timestamp : timestamps) sent.add(producer.send(new ProducerRecord<>(topic, 0, timestamp, Kit.bytes("k"), Kit.bytes("v"))));
    producer.flush();
    for (var future : sent) future.get();
  }

  private static final long T = Kit.T;

  private static void special(Kit kit) throws Exception {
    String topic = kit.topic(1);
    try (var producer = kit.producer("linger.ms", 200)) {
      send(producer, topic, T + 5, T + 900, T + 7);
      send(producer, topic, T + 8, T + 9);
    }
    Kit.same("earliest", 0L, ask(kit, topic, 0, OffsetSpec.earliest()).offset());
    Kit.same("latest", 5L, ask(kit, topic, 0, OffsetSpec.latest()).offset());
    var max = ask(kit, topic, 0, OffsetSpec.maxTimestamp());
    Kit.same("offset of the maximum timestamp", 1L, max.offset());
    Kit.same("the maximum timestamp", T + 900, max.timestamp());
    Kit.same("earliest local", 0L, ask(kit, topic, 0, OffsetSpec.earliestLocal()).offset());
    Kit.same("latest tiered", -1L, ask(kit, topic, 0, OffsetSpec.latestTiered()).offset());
    Kit.same("leader epoch", Optional.of(0), ask(kit, topic, 0, OffsetSpec.earliest()).leaderEpoch());
    Kit.same("no timestamp for latest", -1L, ask(kit, topic, 0, OffsetSpec.latest()).timestamp());
  }

  private static void byTime(Kit kit, String codec) throws Exception {
    String topic = kit.topic(1);
    try (var producer = kit.producer("linger.ms", 200, "compression.type", codec)) {
      long[] timestamps = new long[50];
      for (int i = 0; i < 50; i++) timestamps[i] = T + i * 10;
      send(producer, topic, timestamps);
    }
    for (int i = 0; i < 50; i++) {
      var exact = ask(kit, topic, 0, OffsetSpec.forTimestamp(T + i * 10));
      Kit.same("offset at the time of record " + i, (long) i, exact.offset());
      Kit.same("its timestamp", T + i * 10, exact.timestamp());
      if (i > 0) Kit.same("offset just before record " + i, (long) i, ask(kit, topic, 0, OffsetSpec.forTimestamp(T + i * 10 - 1)).offset());
    }
    Kit.same("before the first", 0L, ask(kit, topic, 0, OffsetSpec.forTimestamp(1)).offset());
    Kit.same("after the last", -1L, ask(kit, topic, 0, OffsetSpec.forTimestamp(T + 491)).offset());
  }

  private static void byTimeAcrossBatches(Kit kit) throws Exception {
    String topic = kit.topic(1, "index.interval.bytes", "128", "segment.bytes", "1048576");
    byte[] pad = new byte[60_000];
    try (var producer = kit.producer("linger.ms", 0)) {
      for (int i = 0; i < 60; i++) {
        long timestamp = T + (i % 10 == 3 ? i * 1000 - 5000 : i * 1000);
        producer.send(new ProducerRecord<>(topic, 0, timestamp, null, pad)).get();
      }
    }
    for (int i = 0; i < 60; i++) {
      long wanted = i % 10 == 3 ? i + 1 : i;
      Kit.same("first offset at or after second " + i, wanted, ask(kit, topic, 0, OffsetSpec.forTimestamp(T + i * 1000)).offset());
    }
    Kit.same("maximum", 59L, ask(kit, topic, 0, OffsetSpec.maxTimestamp()).offset());
  }

  private static void empty(Kit kit) throws Exception {
    String topic = kit.topic(1);
    Kit.same("earliest", 0L, ask(kit, topic, 0, OffsetSpec.earliest()).offset());
    Kit.same("latest", 0L, ask(kit, topic, 0, OffsetSpec.latest()).offset());
    Kit.same("maximum timestamp", -1L, ask(kit, topic, 0, OffsetSpec.maxTimestamp()).offset());
    Kit.same("by time", -1L, ask(kit, topic, 0, OffsetSpec.forTimestamp(0)).offset());
  }

  private static void unknown(Kit kit) throws Exception {
    var brief = new ListOffsetsOptions().timeoutMs(1500);
    String topic = kit.topic(1);
    for (TopicPartition at : List.of(new TopicPartition(kit.name("missing"), 0), new TopicPartition(topic, 9))) {
      try {
        kit.admin.listOffsets(Map.of(at, OffsetSpec.latest()), brief).all().get();
        throw new AssertionError("answered for " + at);
      } catch (java.util.concurrent.ExecutionException thrown) {
        Throwable cause = thrown.getCause();
        boolean known = cause instanceof UnknownTopicOrPartitionException || cause instanceof TimeoutException;
        Kit.that("unknown or out of time, got " + cause, known);
      }
    }
  }

  private static void deleteRecords(Kit kit) throws Exception {
    String topic = kit.topic(2);
    TopicPartition at = new TopicPartition(topic, 0);
    kit.fill(topic, 0, 10);
    kit.fill(topic, 1, 4);
    Kit.same("low watermark", 6L, kit.admin.deleteRecords(Map.of(at, RecordsToDelete.beforeOffset(6))).lowWatermarks().get(at).get().lowWatermark());
    Kit.same("earliest moved", 6L, ask(kit, topic, 0, OffsetSpec.earliest()).offset());
    Kit.same("latest did not", 10L, ask(kit, topic, 0, OffsetSpec.latest()).offset());
    Kit.same("what is left", List.of("v6", "v7", "v8", "v9"), Kit.values(kit.read(topic, 0, 6, 4)));
    Kit.same("an earlier offset is no error", 6L, kit.admin.deleteRecords(Map.of(at, RecordsToDelete.beforeOffset(2))).lowWatermarks().get(at).get().lowWatermark());
    Kit.same("all of it (-1)", 10L, kit.admin.deleteRecords(Map.of(at, RecordsToDelete.beforeOffset(-1))).lowWatermarks().get(at).get().lowWatermark());
    Kit.same("the other partition is whole", 0L, ask(kit, topic, 1, OffsetSpec.earliest()).offset());
    kit.fill(topic, 0, 1);
    Kit.same("offsets go on", 11L, ask(kit, topic, 0, OffsetSpec.latest()).offset());
    try (var consumer = kit.consumer("auto.offset.reset", "none")) {
      consumer.assign(List.of(at));
      consumer.seek(at, 3);
      var thrown = Kit.refused(org.apache.kafka.clients.consumer.OffsetOutOfRangeException.class, () -> consumer.poll(Kit.PATIENCE));
      Kit.same("the deleted offset is out of range", Map.of(at, 3L), thrown.offsetOutOfRangePartitions());
    }
  }

  private static void deleteRefused(Kit kit) throws Exception {
    String topic = kit.topic(1);
    TopicPartition at = new TopicPartition(topic, 0);
    kit.fill(topic, 0, 3);
    Kit.refused(OffsetOutOfRangeException.class, () -> kit.admin.deleteRecords(Map.of(at, RecordsToDelete.beforeOffset(4))).all().get());
    String compacted = kit.topic(1, "cleanup.policy", "compact");
    Kit.refused(PolicyViolationException.class, () ->
        kit.admin.deleteRecords(Map.of(new TopicPartition(compacted, 0), RecordsToDelete.beforeOffset(0))).all().get());
    Kit.same("nothing was deleted", 0L, ask(kit, topic, 0, OffsetSpec.earliest()).offset());
  }
}
