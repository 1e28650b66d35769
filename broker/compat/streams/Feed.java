// The input: lines of five words at a steady rate. The words are the same in every run.
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

final class Feed {
  private static final int WORDS_PER_LINE = 5;
  private static final int WORD_COUNT = 500;

  /** Sends `lines` lines, `perSecond` of them in a second; throws when one is not acknowledged. Prints how many it sent. */
  static void run(String bootstrap, String topic, int perSecond, int lines) throws Exception {
    Random random = new Random(5);
    Future<?>[] sent = new Future<?>[lines];
    try (KafkaProducer<String, String> producer = producer(bootstrap)) {
      long started = System.nanoTime();
      for (int i = 0; i < lines; i++) {
        long due = started + i * 1_000_000_000L / perSecond;
        while (System.nanoTime() < due) LockSupport.parkNanos(due - System.nanoTime());
        sent[i] = producer.send(new ProducerRecord<>(topic, Integer.toString(i), line(random)));
      }
    }
    for (Future<?> each : sent) each.get();
    System.out.println(lines);
  }

  private static String line(Random random) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < WORDS_PER_LINE; i++) {
      double skew = random.nextDouble(); // squared: some words are frequent
      line.append(i == 0 ? "" : " ").append("word").append((int) (skew * skew * WORD_COUNT));
    }
    return line.toString();
  }

  /** One record more, to see that the comparison finds it. */
  static void append(String bootstrap, String topic, String key, String value) throws Exception {
    try (KafkaProducer<String, String> producer = producer(bootstrap)) {
      producer.send(new ProducerRecord<>(topic, key, value)).get();
    }
  }

  private static KafkaProducer<String, String> producer(String bootstrap) {
    Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap, "acks", "all", "linger.ms", "5");
    return new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
  }
}
