// Kafka's Java producer: what a record keeps on its way, and what the broker must refuse.
import java.util.*;
import java.util.concurrent.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.errors.*;
import org.apache.kafka.common.record.TimestampType;

final class ProducerChecks {
  static void addTo(Suite suite) {
    for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd"))
      suite.check("produce: keys, headers and nulls come back, " + codec, kit -> roundTrip(kit, codec));
    for (String codec : List.of("gzip", "snappy", "lz4", "zstd", "uncompressed"))
      suite.check("produce: compression.type of the topic is " + codec, kit -> topicCodec(kit, codec));
    suite.check("produce: acks 0, 1 and all", ProducerChecks::acks);
    suite.check("produce: idempotent, many batches in flight, in order and once", ProducerChecks::idempotent);
    suite.check("produce: too large for max.message.bytes", ProducerChecks::tooLarge);
    suite.check("produce: max.message.bytes altered later is obeyed", ProducerChecks::limitAltered);
    suite.check("produce: a message of 5 MB", ProducerChecks::big);
    suite.check("produce: no key on a compacted topic is INVALID_RECORD", ProducerChecks::keyless);
    suite.check("produce: timestamps out of range", ProducerChecks::timestampsOutOfRange);
    suite.check("produce: LogAppendTime", ProducerChecks::logAppendTime);
    suite.check("produce: an unknown topic is created by asking for its metadata", ProducerChecks::autoCreate);
    suite.check("produce: an invalid topic name", ProducerChecks::invalidName);
    suite.check("produce: extreme timestamps", ProducerChecks::extremeTimestamps);
  }

  private static void roundTrip(Kit kit, String codec) throws Exception {
    String topic = kit.topic(1);
    byte[] all = new byte[256];
    for (int i = 0; i < 256; i++) all[i] = (byte) i;
    byte[] large = "compress me ".repeat(20_000).getBytes();
    List<ProducerRecord<byte[], byte[]>> sent = new ArrayList<>();
    sent.add(new ProducerRecord<>(topic, 0, Kit.T + 1, Kit.bytes("key"), Kit.bytes("value")));
    sent.add(new ProducerRecord<>(topic, 0, Kit.T + 2, null, Kit.bytes("no key")));
    sent.add(new ProducerRecord<>(topic, 0, Kit.T + 3, Kit.bytes("no value"), (byte[]) null));
    sent.add(new ProducerRecord<>(topic, 0, Kit.T, (byte[]) null, (byte[]) null));
    sent.add(new ProducerRecord<>(topic, 0, Kit.T + 5, new byte[0], new byte[0]));
    sent.add(new ProducerRecord<>(topic, 0, Kit.T + 6, Kit.bytes("gr\u00fc\u00df \ud83d\ude00"), all));
    sent.add(new ProducerRecord<>(topic, 0, Kit.T + 7, all, large));
    sent.get(0).headers().add("a", Kit.bytes("1")).add("a", Kit.bytes("2")).add("null", null).add("", new byte[0]).add("\u00fc", all);
    try (var producer = kit.producer("compression.type", codec, "linger.ms", 200)) {
      List<Future<RecordMetadata>> answers = new ArrayList<>();
      for (var record : sent) answers.add(producer.send(record));
      producer.flush();
      for (int i = 0; i < answers.size(); i++) {
        Kit.same("offset", (long) i, answers.get(i).get().offset());
        Kit.same("timestamp", sent.get(i).timestamp(), answers.get(i).get().timestamp());
      }
    }
    var got = kit.read(topic, 0, 0, sent.size());
    for (int i = 0; i < sent.size(); i++) {
      Kit.same("offset", (long) i, got.get(i).offset());
      Kit.same("key " + i, sent.get(i).key(), got.get(i).key());
      Kit.same("value " + i, sent.get(i).value(), got.get(i).value());
      Kit.same("timestamp " + i, sent.get(i).timestamp(), got.get(i).timestamp());
      Kit.same("timestamp type " + i, TimestampType.CREATE_TIME, got.get(i).timestampType());
      Kit.same("leader epoch " + i, Optional.of(0), got.get(i).leaderEpoch());
      Kit.same("headers " + i, List.of(sent.get(i).headers().toArray()), List.of(got.get(i).headers().toArray()));
    }
  }

  private static void topicCodec(Kit kit, String codec) throws Exception {
    String topic = kit.topic(1, "compression.type", codec);
    kit.fill(topic, 0, 100, "linger.ms", 100);
    kit.fill(topic, 0, 100, "linger.ms", 100, "compression.type", "gzip");
    var got = kit.read(topic, 0, 0, 200);
    for (int i = 0; i < 200; i++) {
      Kit.same("offset", (long) i, got.get(i).offset());
      Kit.same("value", "v" + i % 100, Kit.text(got.get(i).value()));
    }
  }

  private static void acks(Kit kit) throws Exception {
    for (String acks : List.of("0", "1", "all")) {
      String topic = kit.topic(1);
      kit.fill(topic, 0, 20, "acks", acks, "enable.idempotence", false);
      var values = Kit.values(kit.read(topic, 0, 0, 20));
      Kit.same("acks " + acks, "v19", values.get(19));
    }
  }

  private static void idempotent(Kit kit) throws Exception {
    String topic = kit.topic(3);
    int count = 3_000;
    try (var producer = kit.producer("enable.idempotence", true, "batch.size", 200, "linger.ms", 0, "max.in.flight.requests.per.connection", 5)) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (int i = 0; i < count; i++) sent.add(producer.send(new ProducerRecord<>(topic, i % 3, null, Kit.bytes("" + i))));
      producer.flush();
      for (int i = 0; i < count; i++) Kit.same("offset", (long) (i / 3), sent.get(i).get().offset());
    }
    for (int partition = 0; partition < 3; partition++) {
      var got = kit.read(topic, partition, 0, count / 3);
      for (int i = 0; i < got.size(); i++) Kit.same("order", "" + (i * 3 + partition), Kit.text(got.get(i).value()));
    }
  }

  private static void tooLarge(Kit kit) throws Exception {
    String topic = kit.topic(1, "max.message.bytes", "1000");
    try (var producer = kit.producer()) {
      producer.send(new ProducerRecord<>(topic, 0, null, new byte[800])).get();
      Kit.refused(RecordTooLargeException.class, () -> producer.send(new ProducerRecord<>(topic, 0, null, new byte[1000])).get());
      producer.send(new ProducerRecord<>(topic, 0, null, new byte[801])).get();
    }
    var got = kit.read(topic, 0, 0, 2);
    Kit.same("only the small ones are there", List.of(800, 801), got.stream().map(record -> record.value().length).toList());
    try (var producer = kit.producer("compression.type", "gzip")) {
      Kit.same("it is the compressed size that counts", 2L, producer.send(new ProducerRecord<>(topic, 0, null, new byte[10_000])).get().offset());
    }
  }

  private static void limitAltered(Kit kit) throws Exception {
    String topic = kit.topic(1);
    var resource = new org.apache.kafka.common.config.ConfigResource(org.apache.kafka.common.config.ConfigResource.Type.TOPIC, topic);
    var op = new AlterConfigOp(new ConfigEntry("max.message.bytes", "300"), AlterConfigOp.OpType.SET);
    try (var producer = kit.producer()) {
      producer.send(new ProducerRecord<>(topic, 0, null, new byte[900])).get();
      kit.admin.incrementalAlterConfigs(Map.of(resource, List.of(op))).all().get();
      Kit.eventually("the new limit", () -> {
        try {
          return producer.send(new ProducerRecord<>(topic, 0, null, new byte[900])).get().offset() < 0;
        } catch (ExecutionException thrown) {
          return thrown.getCause() instanceof RecordTooLargeException;
        }
      }, refused -> refused);
    }
  }

  private static void big(Kit kit) throws Exception {
    String topic = kit.topic(1, "max.message.bytes", "6000000");
    byte[] value = new byte[5_000_000];
    new Random(7).nextBytes(value);
    try (var producer = kit.producer("max.request.size", 7_000_000, "buffer.memory", 33_554_432L)) {
      producer.send(new ProducerRecord<>(topic, 0, null, value)).get();
      producer.send(new ProducerRecord<>(topic, 0, null, Kit.bytes("after"))).get();
    }
    Object[] tiny = {"max.partition.fetch.bytes", 1000, "fetch.max.bytes", 1000};
    var got = kit.read(topic, 0, 0, 2, tiny);
    Kit.same("the big one, although more than a fetch may hold", value, got.get(0).value());
    Kit.same("and what follows", "after", Kit.text(got.get(1).value()));
  }

  private static void keyless(Kit kit) throws Exception {
    String topic = kit.topic(1, "cleanup.policy", "compact");
    try (var producer = kit.producer("linger.ms", 300)) {
      Future<RecordMetadata> good = producer.send(new ProducerRecord<>(topic, 0, Kit.bytes("k"), Kit.bytes("v")));
      Future<RecordMetadata> bad = producer.send(new ProducerRecord<>(topic, 0, null, Kit.bytes("keyless")));
      Future<RecordMetadata> alsoGood = producer.send(new ProducerRecord<>(topic, 0, Kit.bytes("k2"), Kit.bytes("v2")));
      producer.flush();
      Kit.refused(InvalidRecordException.class, bad::get);
      for (var future : List.of(good, alsoGood)) {
        String message = Kit.refused(KafkaException.class, future::get).getMessage();
        Kit.that("blames the batch: " + message, message.contains("part of a batch"));
      }
      Kit.same("nothing of the batch was taken", 0L, producer.send(new ProducerRecord<>(topic, 0, Kit.bytes("k"), null)).get().offset());
      Kit.refused(InvalidRecordException.class, producer.send(new ProducerRecord<>(topic, 0, null, Kit.bytes("alone")))::get);
    }
  }

  private static void timestampsOutOfRange(Kit kit) throws Exception {
    String topic = kit.topic(1, "message.timestamp.before.max.ms", "3600000", "message.timestamp.after.max.ms", "60000");
    long now = System.currentTimeMillis();
    try (var producer = kit.producer("linger.ms", 100)) {
      Kit.refused(InvalidTimestampException.class, () -> producer.send(new ProducerRecord<>(topic, 0, now - 7_200_000, null, Kit.bytes("old"))).get());
      Kit.refused(InvalidTimestampException.class, () -> producer.send(new ProducerRecord<>(topic, 0, now + 3_600_000, null, Kit.bytes("early"))).get());
      Kit.same("within range", 0L, producer.send(new ProducerRecord<>(topic, 0, now - 1_800_000, null, Kit.bytes("fine"))).get().offset());
    }
  }

  private static void logAppendTime(Kit kit) throws Exception {
    String topic = kit.topic(1, "message.timestamp.type", "LogAppendTime");
    long before = System.currentTimeMillis();
    try (var producer = kit.producer("linger.ms", 200, "compression.type", "lz4")) {
      var first = producer.send(new ProducerRecord<>(topic, 0, 42L, null, Kit.bytes("a")));
      var second = producer.send(new ProducerRecord<>(topic, 0, 43L, null, Kit.bytes("b")));
      producer.flush();
      long stamped = first.get().timestamp();
      Kit.that("stamped by the broker: " + stamped, stamped >= before && stamped <= System.currentTimeMillis());
      Kit.same("one time for the batch", stamped, second.get().timestamp());
      for (var record : kit.read(topic, 0, 0, 2)) {
        Kit.same("timestamp", stamped, record.timestamp());
        Kit.same("timestamp type", TimestampType.LOG_APPEND_TIME, record.timestampType());
      }
    }
  }

  private static void autoCreate(Kit kit) throws Exception {
    String topic = kit.name("auto");
    try (var producer = kit.producer()) {
      Kit.same("offset", 0L, producer.send(new ProducerRecord<>(topic, Kit.bytes("k"), Kit.bytes("v"))).get().offset());
    }
    var description = kit.admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
    Kit.same("num.partitions", 1, description.partitions().size());
    Kit.same("its record", List.of("v"), Kit.values(kit.read(topic, 0, 0, 1)));
    String wanted = kit.name("auto");
    try (var consumer = kit.consumer("allow.auto.create.topics", true)) {
      Kit.eventually("a consumer that may create topics does", () -> consumer.partitionsFor(wanted).size(), count -> count == 1);
    }
    String unwanted = kit.name("auto");
    try (var consumer = kit.consumer("allow.auto.create.topics", false)) {
      Kit.same("one that may not does not", List.of(), consumer.partitionsFor(unwanted));
    }
    Kit.that("not created", !kit.admin.listTopics().names().get().contains(unwanted));
  }

  private static void invalidName(Kit kit) throws Exception {
    try (var producer = kit.producer()) {
      Kit.refused(InvalidTopicException.class, () -> producer.send(new ProducerRecord<>("not a name", Kit.bytes("v"))).get());
    }
  }

  private static void extremeTimestamps(Kit kit) throws Exception {
    String topic = kit.topic(1, "retention.ms", "-1");
    long[] extremes = {0, 1, 9_007_199_254_740_991L};
    try (var producer = kit.producer("linger.ms", 200)) {
      for (long timestamp : extremes) producer.send(new ProducerRecord<>(topic, 0, timestamp, null, Kit.bytes("x")));
      producer.flush();
    }
    String lenient = kit.topic(1, "message.timestamp.after.max.ms", "9223372036854775807", "retention.ms", "-1");
    long[] all = {0, 1, 9_007_199_254_740_993L, Long.MAX_VALUE};
    try (var producer = kit.producer("linger.ms", 200)) {
      for (long timestamp : all) producer.send(new ProducerRecord<>(lenient, 0, timestamp, null, Kit.bytes("x")));
      producer.flush();
    }
    var got = kit.read(lenient, 0, 0, all.length);
    for (int i = 0; i < all.length; i++) Kit.same("timestamp", all[i], got.get(i).timestamp());
    var at = new TopicPartition(lenient, 0);
    Kit.same("found beyond 2^53", 2L, kit.admin.listOffsets(Map.of(at, OffsetSpec.forTimestamp(9_007_199_254_740_993L))).partitionResult(at).get().offset());
  }
}
