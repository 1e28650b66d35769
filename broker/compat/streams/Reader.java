// Everything that a read_committed consumer gets of a topic.
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

final class Reader {
  /**
   * Prints `key TAB value` for each record, and last `end` when it has read `atLeast` records and stands at the high watermark
   * of every partition (an open transaction keeps it before that), else `late` with where it stands after `seconds`.
   */
  static void print(String bootstrap, String topic, long atLeast, long seconds) throws Exception {
    PrintStream out = new PrintStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16), false);
    try (var committed = consumer(bootstrap, "read_committed"); var uncommitted = consumer(bootstrap, "read_uncommitted")) {
      List<TopicPartition> partitions =
          committed.partitionsFor(topic).stream().map(each -> new TopicPartition(topic, each.partition())).toList();
      committed.assign(partitions);
      committed.seekToBeginning(partitions);
      long until = System.nanoTime() + seconds * 1_000_000_000L;
      long read = 0;
      boolean isAtEnd = false;
      Map<TopicPartition, Long> ends = Map.of();
      while (!isAtEnd && System.nanoTime() < until) {
        var records = committed.poll(Duration.ofMillis(200));
        for (ConsumerRecord<String, String> each : records) out.println(each.key() + "\t" + each.value());
        read += records.count();
        if (read < atLeast || !records.isEmpty()) continue;
        ends = uncommitted.endOffsets(partitions);
        isAtEnd = ends.entrySet().stream().allMatch(end -> committed.position(end.getKey()) >= end.getValue());
      }
      out.println(isAtEnd ? "end" : "late: " + read + " records read of " + atLeast + ", high watermarks " + ends);
    }
    out.flush();
  }

  private static KafkaConsumer<String, String> consumer(String bootstrap, String isolation) {
    Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap, "isolation.level", isolation, "max.poll.records", 5000);
    return new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
  }
}
