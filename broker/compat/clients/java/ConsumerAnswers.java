// Records of all kinds, written by Java's producer, and what Java's consumer reads of them, as one line of JSON, for comparison with
// another consumer: `java Suite consumer-answers BOOTSTRAP PREFIX`. A record is "OFFSET TIMESTAMP KEY VALUE HEADERS", bytes as hex.
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.*;

final class ConsumerAnswers {
  private static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");

  private final Kit kit;
  private final String prefix;
  private final Map<String, Object> answers = new TreeMap<>();

  private ConsumerAnswers(String bootstrap, String prefix) {
    this.kit = new Kit(bootstrap, prefix);
    this.prefix = prefix;
  }

  static void print(String bootstrap, String prefix) throws Exception {
    ConsumerAnswers all = new ConsumerAnswers(bootstrap, prefix);
    all.codecs();
    all.stamped();
    all.transactions();
    all.trimmed();
    System.out.println("@" + new ObjectMapper().writeValueAsString(all.answers));
    System.exit(0);
  }

  private void codecs() throws Exception {
    String topic = prefix + "-codecs";
    kit.create(topic, 1);
    for (String codec : CODECS) write(topic, codec, 200);
    read(topic, "read_uncommitted");
  }

  private void stamped() throws Exception {
    String topic = prefix + "-stamped";
    kit.create(topic, 1, "message.timestamp.type", "LogAppendTime");
    for (String codec : List.of("none", "zstd")) write(topic, codec, 20);
    read(topic, "read_uncommitted");
  }

  /** Two producers whose transactions lie in each other, some aborted, records without one between them. */
  private void transactions() throws Exception {
    String topic = prefix + "-transactions";
    kit.create(topic, 1);
    try (Producer<byte[], byte[]> one = producer("none", prefix + "-one");
        Producer<byte[], byte[]> two = producer("lz4", prefix + "-two");
        Producer<byte[], byte[]> plain = producer("gzip", null)) {
      one.initTransactions();
      two.initTransactions();
      for (int round = 0; round < 8; round++) {
        one.beginTransaction();
        two.beginTransaction();
        send(one, topic, "one " + round, 5);
        send(two, topic, "two " + round, 3);
        send(plain, topic, "plain " + round, 2);
        send(one, topic, "one again " + round, 1);
        end(one, round % 2 == 0);
        send(plain, topic, "between " + round, 1);
        end(two, round % 3 == 0);
      }
    }
    read(topic, "read_uncommitted");
    read(topic, "read_committed");
  }

  /** The log begins within a batch. */
  private void trimmed() throws Exception {
    String topic = prefix + "-trimmed";
    kit.create(topic, 1);
    try (Producer<byte[], byte[]> producer = producer("none", null)) {
      send(producer, topic, "trimmed", 10);
    }
    kit.admin.deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(7))).all().get();
    read(topic, "read_uncommitted");
  }

  private Producer<byte[], byte[]> producer(String codec, String transactionalId) {
    Map<String, Object> config = new HashMap<>(Map.of(
        "bootstrap.servers", kit.bootstrap, "compression.type", codec, "linger.ms", 20, "batch.size", 4000));
    if (transactionalId != null) config.put("transactional.id", transactionalId);
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private static void end(Producer<byte[], byte[]> producer, boolean commits) {
    producer.flush();
    if (commits) producer.commitTransaction();
    else producer.abortTransaction();
  }

  private static void send(Producer<byte[], byte[]> producer, String topic, String text, int count) {
    for (int i = 0; i < count; i++) {
      producer.send(new ProducerRecord<>(topic, 0, Kit.T + i, null, (text + " " + i).getBytes(StandardCharsets.UTF_8)));
    }
    producer.flush();
  }

  /** Keys and values null, empty, and of many sizes; headers with the same key twice, and without a value; timestamps far apart. */
  private void write(String topic, String codec, int count) {
    Random random = new Random(count + codec.hashCode());
    try (Producer<byte[], byte[]> producer = producer(codec, null)) {
      for (int i = 0; i < count; i++) {
        byte[] key = i % 5 == 0 ? null : i % 7 == 0 ? new byte[0] : ("key " + i).getBytes(StandardCharsets.UTF_8);
        byte[] value = i % 11 == 0 ? null : new byte[i % 13 == 0 ? 3000 : random.nextInt(60)];
        if (value != null) for (int at = 0; at < value.length; at++) value[at] = (byte) (random.nextInt(8) + 'a');
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, 0, Kit.T + i * 100_003L, key, value);
        if (i % 3 == 0) record.headers().add("h", new byte[] {(byte) i}).add("h", null).add("\u00e9\u20ac", new byte[200]);
        producer.send(record);
      }
    }
  }

  private void read(String topic, String isolation) {
    Map<String, Object> config = Map.of("bootstrap.servers", kit.bootstrap, "isolation.level", isolation);
    TopicPartition partition = new TopicPartition(topic, 0);
    List<String> lines = new ArrayList<>();
    try (Consumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      while (consumer.position(partition) < end) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) lines.add(line(record));
      }
    }
    answers.put(topic.substring(prefix.length() + 1) + " " + isolation, lines);
  }

  private static String line(ConsumerRecord<byte[], byte[]> record) {
    StringBuilder headers = new StringBuilder();
    for (Header header : record.headers()) {
      headers.append(' ').append(header.key()).append('=').append(hex(header.value()));
    }
    return record.offset() + " " + record.timestamp() + " " + hex(record.key()) + " " + hex(record.value()) + headers;
  }

  private static String hex(byte[] bytes) {
    return bytes == null ? "null" : "x" + HexFormat.of().formatHex(bytes);
  }
}
