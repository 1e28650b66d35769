// What the checks share: names of their own, producers and consumers, expectations that say what was there instead.
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.serialization.*;

final class Kit {
  /** Long enough for two cores that forty others want as well; a check that waits this long has failed. */
  static final Duration PATIENCE = Duration.ofSeconds(90);

  /** The time of records that are given one: recent, or retention would remove them under a check's eyes. */
  static final long T = System.currentTimeMillis() - 3_600_000;

  final String bootstrap;
  final String prefix;
  final Admin admin;
  private final AtomicInteger names = new AtomicInteger();

  Kit(String bootstrap, String prefix) {
    this.bootstrap = bootstrap;
    this.prefix = prefix;
    this.admin = AdminChecks.remembering(Admin.create(Map.of("bootstrap.servers", bootstrap, "default.api.timeout.ms", 30_000)));
  }

  /** Whether real Kafka runs the checks; for the few that say what our broker does not have yet. */
  boolean isKafka() {
    return "kafka".equals(System.getenv("MILLRACE_COMPAT_TARGET"));
  }

  String name(String what) {
    return prefix + "-" + what + "-" + names.incrementAndGet();
  }

  /** A new topic of that many partitions; the configs are name, value, name, value. */
  String topic(int partitions, String... configs) throws Exception {
    String topic = name("t");
    create(topic, partitions, configs);
    return topic;
  }

  void create(String topic, int partitions, String... configs) throws Exception {
    NewTopic wanted = new NewTopic(topic, Optional.of(partitions), Optional.empty()).configs(map(configs));
    admin.createTopics(List.of(wanted)).all().get();
    // Kafka's controller answers before its broker has heard of the topic, and its metadata name a leader a moment before
    // it leads. A producer that comes in between can lose its first batch, and then its order.
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    for (int i = 0; i < partitions; i++) ends.put(new TopicPartition(topic, i), OffsetSpec.latest());
    eventually("the new topic is led", () -> {
      try {
        return admin.listOffsets(ends, new ListOffsetsOptions().timeoutMs(10_000)).all().get().size();
      } catch (ExecutionException cause) {
        return 0;
      }
    }, count -> count == partitions);
  }

  static Map<String, String> map(String... pairs) {
    Map<String, String> map = new HashMap<>();
    for (int i = 0; i < pairs.length; i += 2) map.put(pairs[i], pairs[i + 1]);
    return map;
  }

  KafkaProducer<byte[], byte[]> producer(Object... configs) {
    Map<String, Object> map = configs(configs);
    map.putIfAbsent("delivery.timeout.ms", 90_000);
    map.putIfAbsent("request.timeout.ms", 20_000);
    map.putIfAbsent("max.block.ms", 20_000);
    return new KafkaProducer<>(map, new ByteArraySerializer(), new ByteArraySerializer());
  }

  KafkaConsumer<byte[], byte[]> consumer(Object... configs) {
    Map<String, Object> map = configs(configs);
    map.putIfAbsent("auto.offset.reset", "earliest");
    map.putIfAbsent("enable.auto.commit", false);
    map.putIfAbsent("default.api.timeout.ms", 30_000);
    // In the new protocol the broker says how often.
    if (!"consumer".equals(map.get("group.protocol"))) map.putIfAbsent("heartbeat.interval.ms", 300);
    map.putIfAbsent("fetch.max.wait.ms", 100);
    map.putIfAbsent("metadata.max.age.ms", 2_000);
    map.putIfAbsent("allow.auto.create.topics", false);
    return new KafkaConsumer<>(map, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private Map<String, Object> configs(Object... pairs) {
    Map<String, Object> map = new HashMap<>();
    map.put("bootstrap.servers", bootstrap);
    for (int i = 0; i < pairs.length; i += 2) map.put((String) pairs[i], pairs[i + 1]);
    return map;
  }

  /** Sends values "PREFIX0", "PREFIX1", ... with keys "k0", ... to one partition, and waits until all are acknowledged. */
  void fill(String topic, int partition, int count, Object... producerConfigs) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer = producer(producerConfigs)) {
      fill(producer, topic, partition, 0, count);
    }
  }

  void fill(KafkaProducer<byte[], byte[]> producer, String topic, int partition, int from, int count) throws Exception {
    List<java.util.concurrent.Future<RecordMetadata>> sent = new ArrayList<>();
    for (int i = from; i < from + count; i++)
      sent.add(producer.send(new ProducerRecord<>(topic, partition, T + i, bytes("k" + i), bytes("v" + i))));
    producer.flush();
    for (var future : sent) future.get();
  }

  /** Reads one partition from an offset until `count` records are there. */
  List<ConsumerRecord<byte[], byte[]>> read(String topic, int partition, long from, int count, Object... configs) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(configs)) {
      TopicPartition at = new TopicPartition(topic, partition);
      consumer.assign(List.of(at));
      consumer.seek(at, from);
      return take(consumer, count);
    }
  }

  /** Polls until `count` records came; fails when they do not. */
  static List<ConsumerRecord<byte[], byte[]>> take(Consumer<byte[], byte[]> consumer, int count) {
    List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (all.size() < count && System.nanoTime() < until)
      consumer.poll(Duration.ofMillis(100)).forEach(all::add);
    if (all.size() < count) throw new AssertionError("got " + all.size() + " of " + count + " records: " + (values(all) + " ".repeat(300)).substring(0, 300).trim());
    return all;
  }

  static List<String> values(Iterable<ConsumerRecord<byte[], byte[]>> records) {
    List<String> values = new ArrayList<>();
    records.forEach(record -> values.add(text(record.value())));
    return values;
  }

  static byte[] bytes(String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }

  static String text(byte[] bytes) {
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }

  static void same(String what, Object expected, Object actual) {
    if (!Objects.deepEquals(expected, actual))
      throw new AssertionError(what + ": expected " + show(expected) + " but got " + show(actual));
  }

  static void that(String what, boolean holds) {
    if (!holds) throw new AssertionError(what);
  }

  private static String show(Object value) {
    return value instanceof byte[] bytes ? HexFormat.of().formatHex(bytes) : String.valueOf(value);
  }

  /** The exact exception class that a call must end with, unwrapped from its future. */
  static <T extends Throwable> T refused(Class<T> type, Callable<?> body) throws Exception {
    Object answer;
    try {
      answer = body.call();
    } catch (Throwable thrown) {
      Throwable cause = thrown instanceof ExecutionException ? thrown.getCause() : thrown;
      if (cause.getClass() == type) return type.cast(cause);
      throw new AssertionError("expected " + type.getSimpleName() + " but got " + cause, cause);
    }
    throw new AssertionError("expected " + type.getSimpleName() + " but it answered " + answer);
  }

  interface Question<T> {
    T ask() throws Exception;
  }

  /** Asks until the answer is right; fails with the last answer. For what the broker does a little later by itself. */
  static <T> T eventually(String what, Question<T> question, Predicate<T> right) throws Exception {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      T answer = question.ask();
      if (right.test(answer)) return answer;
      if (System.nanoTime() > until) throw new AssertionError(what + ": last answer " + show(answer));
      Thread.sleep(50);
    }
  }
}
