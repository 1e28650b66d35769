// One member of a consumer group, as an application that wants each record processed once when members come and go in good order: it
// commits after each batch and when partitions are taken from it, and leaves the group when it is told to end (SIGTERM).
//
// java Member BOOTSTRAP TOPIC GROUP careful|forgetful [name=value of the consumer]...
// `forgetful` never commits: what it did is done again by whoever has the partition next. Prints a line for each event:
//   assigned PARTITION TIME    revoked PARTITION TIME    lost PARTITION TIME    record PARTITION TIME OFFSET VALUE
//   started (it can be told to end now)    failed REASON    left
// TIME is System.nanoTime(), which on Linux is one clock for all processes of a machine. A partition is the member's from before
// its first record until what it did is committed.

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.serialization.StringDeserializer;

public final class Member implements ConsumerRebalanceListener {
  private static final Duration POLL = Duration.ofMillis(100);

  private final KafkaConsumer<String, String> consumer;
  private final boolean commits;
  /** What was processed and is not committed yet. */
  private final Map<TopicPartition, OffsetAndMetadata> processed = new HashMap<>();

  private Member(KafkaConsumer<String, String> consumer, boolean commits) {
    this.consumer = consumer;
    this.commits = commits;
  }

  public static void main(String[] args) {
    AtomicBoolean ends = new AtomicBoolean();
    CountDownLatch left = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      ends.set(true);
      try {
        left.await();
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }));
    tell("started");
    System.out.flush();
    try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings(args), new StringDeserializer(), new StringDeserializer())) {
      Member member = new Member(consumer, args[3].equals("careful"));
      consumer.subscribe(List.of(args[1]), member);
      while (!ends.get()) member.work();
    } catch (RuntimeException failure) {
      tell("failed " + failure);
    }
    tell("left");
    System.out.flush();
    left.countDown();
  }

  private void work() {
    for (ConsumerRecord<String, String> record : consumer.poll(POLL)) {
      TopicPartition partition = new TopicPartition(record.topic(), record.partition());
      processed.put(partition, new OffsetAndMetadata(record.offset() + 1));
      tell("record " + record.partition() + " " + System.nanoTime() + " " + record.offset() + " " + record.value());
    }
    System.out.flush();
    try {
      commit();
    } catch (RebalanceInProgressException again) {
      // The partitions are still this member's: they are committed with the next batch, or when they are taken from it.
    }
  }

  private void commit() {
    if (processed.isEmpty() || !commits) return;
    consumer.commitSync(processed);
    processed.clear();
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    tellAll("assigned", partitions);
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    try {
      commit();
    } catch (RuntimeException failure) {
      tell("failed to commit what is revoked: " + failure);
    }
    processed.keySet().removeAll(partitions);
    tellAll("revoked", partitions);
  }

  @Override
  public void onPartitionsLost(Collection<TopicPartition> partitions) {
    processed.keySet().removeAll(partitions);
    tellAll("lost", partitions);
  }

  private static void tellAll(String event, Collection<TopicPartition> partitions) {
    for (TopicPartition partition : partitions) tell(event + " " + partition.partition() + " " + System.nanoTime());
    System.out.flush();
  }

  private static void tell(String line) {
    System.out.println(line);
  }

  private static Properties settings(String[] args) {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", args[0]);
    settings.put("group.id", args[2]);
    settings.put("enable.auto.commit", "false");
    settings.put("auto.offset.reset", "earliest");
    for (int i = 4; i < args.length; i++) settings.put(args[i].split("=", 2)[0], args[i].split("=", 2)[1]);
    return settings;
  }
}
