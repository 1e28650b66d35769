// Records at a fixed rate through Kafka's Java producer, and how long each took: from the moment at which it was due, which
// no slow answer moves, to its acknowledgement (an open loop, so nothing is omitted). Percentiles from an HDR histogram.
//
// java FixedRate BOOTSTRAP TOPIC RECORDS_PER_SECOND RECORD_BYTES WARM_UP_SECONDS SECONDS [name=value of the producer]...
// Prints one line: count p50 p90 p99 p99.9 max failed, in microseconds.

import java.util.Properties;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public class FixedRate {
    private static final long LATENCY_MICROS_MAX = 600_000_000L;

    public static void main(String[] args) {
        String topic = args[1];
        long rate = Long.parseLong(args[2]);
        byte[] value = new byte[Integer.parseInt(args[3])];
        new Random(7).nextBytes(value);
        long warmUp = rate * Long.parseLong(args[4]);
        long count = warmUp + rate * Long.parseLong(args[5]);
        Histogram micros = new Histogram(LATENCY_MICROS_MAX, 3);
        AtomicLong failed = new AtomicLong();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings(args), new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.partitionsFor(topic);
            long start = System.nanoTime();
            for (long i = 0; i < count; i++) {
                long due = start + i * 1_000_000_000L / rate;
                for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) LockSupport.parkNanos(left);
                boolean counts = i >= warmUp;
                // Acknowledgements all come on the producer's one thread, so the histogram needs no lock.
                producer.send(new ProducerRecord<>(topic, value), (metadata, error) -> {
                    if (error != null) failed.incrementAndGet();
                    else if (counts) micros.recordValue(Math.min(LATENCY_MICROS_MAX, (System.nanoTime() - due) / 1000));
                });
            }
            producer.flush();
        }
        System.out.printf("%d %d %d %d %d %d %d%n", micros.getTotalCount(), micros.getValueAtPercentile(50), micros.getValueAtPercentile(90),
            micros.getValueAtPercentile(99), micros.getValueAtPercentile(99.9), micros.getMaxValue(), failed.get());
    }

    private static Properties settings(String[] args) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", args[0]);
        for (int i = 6; i < args.length; i++) settings.put(args[i].split("=", 2)[0], args[i].split("=", 2)[1]);
        return settings;
    }
}
