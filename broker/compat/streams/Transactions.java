// How many transactions ended in which way, from the records of __transaction_state.
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.coordinator.transaction.TransactionState;
import org.apache.kafka.coordinator.transaction.generated.TransactionLogKey;
import org.apache.kafka.coordinator.transaction.generated.TransactionLogValue;

final class Transactions {
  private static final String TOPIC = "__transaction_state";

  /** Prints `commits aborts` of the transactional ids that begin with a prefix. The topic must not have been compacted. */
  static void print(String bootstrap, String prefix) {
    long[] counts = new long[TransactionState.values().length];
    Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap);
    try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(TOPIC).stream().map(each -> new TopicPartition(TOPIC, each.partition())).toList();
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        for (ConsumerRecord<byte[], byte[]> each : consumer.poll(Duration.ofMillis(200))) {
          if (each.value() != null && id(each.key()).startsWith(prefix)) counts[status(each.value())]++;
        }
      }
    }
    System.out.println(counts[TransactionState.COMPLETE_COMMIT.id()] + " " + counts[TransactionState.COMPLETE_ABORT.id()]);
  }

  private static String id(byte[] key) {
    ByteBuffer buffer = ByteBuffer.wrap(key);
    short version = buffer.getShort();
    return new TransactionLogKey(new ByteBufferAccessor(buffer), version).transactionalId();
  }

  private static int status(byte[] value) {
    ByteBuffer buffer = ByteBuffer.wrap(value);
    short version = buffer.getShort();
    return new TransactionLogValue(new ByteBufferAccessor(buffer), version).transactionStatus();
  }
}
