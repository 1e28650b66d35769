// Records at a steady rate to the partitions in turn, until it is told to end (SIGTERM). The values of a partition are 0, 1, 2 and so
// on, so that each has its offset as its value. Prints how many each partition got, once all are acknowledged.
//
// java Feed BOOTSTRAP TOPIC PARTITIONS RECORDS_PER_SECOND

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

public final class Feed {
  public static void main(String[] args) throws Exception {
    AtomicBoolean ends = new AtomicBoolean();
    CountDownLatch done = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      ends.set(true);
      try {
        done.await();
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }));
    try {
      System.out.println("sent " + feed(args[0], args[1], Integer.parseInt(args[2]), Integer.parseInt(args[3]), ends));
    } catch (Exception failure) {
      System.out.println("failed " + failure);
    } finally {
      System.out.flush();
      done.countDown();
    }
  }

  private static String feed(String bootstrap, String topic, int partitions, int perSecond, AtomicBoolean ends) throws Exception {
    Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap, "acks", "all", "linger.ms", "5");
    List<Future<?>> sent = new ArrayList<>();
    int[] counts = new int[partitions];
    try (KafkaProducer<String, String> producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
      long started = System.nanoTime();
      for (long i = 0; !ends.get(); i++) {
        long due = started + i * 1_000_000_000L / perSecond;
        while (System.nanoTime() < due) LockSupport.parkNanos(due - System.nanoTime());
        int partition = (int) (i % partitions);
        sent.add(producer.send(new ProducerRecord<>(topic, partition, null, Integer.toString(counts[partition]++))));
      }
    }
    for (Future<?> each : sent) each.get();
    StringJoiner printed = new StringJoiner(" ");
    for (int count : counts) printed.add(Integer.toString(count));
    return printed.toString();
  }
}
