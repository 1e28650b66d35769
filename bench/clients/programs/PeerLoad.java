// Kafka's Java client under the same load as load.mjs puts on the others, measured in the same way: CPU is the whole process's over the
// measured part alone. Arguments are name=value (see jobs.ts). Prints one line of JSON.

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public class PeerLoad {
    private static final OperatingSystemMXBean SYSTEM = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final Map<String, String> JOB = new HashMap<>();
    private static int groups;

    public static void main(String[] args) throws Exception {
        for (String arg : args) JOB.put(arg.split("=", 2)[0], arg.split("=", 2)[1]);
        switch (JOB.get("direction")) {
            case "produce" -> produce();
            case "consume" -> consume();
            case "latency" -> latency();
            default -> idle();
        }
        System.exit(0);
    }

    private static int number(String name) {
        return Integer.parseInt(JOB.get(name));
    }

    private static double cpuSeconds() {
        return SYSTEM.getProcessCpuTime() / 1e9;
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }

    private static byte[] value() {
        byte[] value = new byte[number("recordBytes")];
        new Random(7).nextBytes(value);
        return value;
    }

    private static KafkaProducer<byte[], byte[]> producer(int lingerMs) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", JOB.get("bootstrap"));
        settings.put("acks", "1");
        settings.put("batch.size", JOB.get("batchBytes"));
        settings.put("linger.ms", lingerMs);
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** Its buffer is the window: `send` waits when that is full. */
    private static void send(KafkaProducer<byte[], byte[]> producer, byte[] value, int count) {
        AtomicLong failed = new AtomicLong();
        for (int sent = 0; sent < count; sent++)
            producer.send(new ProducerRecord<>(JOB.get("topic"), 0, null, value), (metadata, error) -> {
                if (error != null) failed.incrementAndGet();
            });
        producer.flush();
        if (failed.get() > 0) throw new IllegalStateException(failed + " records were not acknowledged");
    }

    private static void produce() {
        int records = number("records");
        byte[] value = value();
        try (KafkaProducer<byte[], byte[]> producer = producer(5)) {
            send(producer, value, number("warmUpRecords"));
            double cpu = cpuSeconds();
            long start = System.nanoTime();
            send(producer, value, records);
            double seconds = (System.nanoTime() - start) / 1e9;
            print("{\"records\":%d,\"bytes\":%d,\"timedRecords\":%d,\"seconds\":%f,\"cpuSeconds\":%f}",
                records, (long) records * value.length, records, seconds, cpuSeconds() - cpu);
        }
    }

    private static void latency() throws Exception {
        int records = number("records");
        byte[] value = value();
        double[] ms = new double[records];
        try (KafkaProducer<byte[], byte[]> producer = producer(0)) {
            for (int sent = 0; sent < number("warmUpRecords"); sent++)
                producer.send(new ProducerRecord<>(JOB.get("topic"), 0, null, value)).get();
            double cpu = cpuSeconds();
            long start = System.nanoTime();
            for (int sent = 0; sent < records; sent++) {
                long sentNanos = System.nanoTime();
                producer.send(new ProducerRecord<>(JOB.get("topic"), 0, null, value)).get();
                ms[sent] = (System.nanoTime() - sentNanos) / 1e6;
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            double used = cpuSeconds() - cpu;
            Arrays.sort(ms);
            print("{\"records\":%d,\"seconds\":%f,\"cpuSeconds\":%f,\"p50Ms\":%f,\"p99Ms\":%f}",
                records, seconds, used, ms[records / 2], ms[(int) (records * 0.99)]);
        }
    }

    private static KafkaConsumer<byte[], byte[]> consumer(int number) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", JOB.get("bootstrap"));
        settings.put("group.id", "java-" + ProcessHandle.current().pid() + "-" + number);
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", "false");
        KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        consumer.subscribe(List.of(JOB.get("topic")));
        return consumer;
    }

    private record Reading(long records, long bytes, long timedRecords, double seconds) {}

    /** Waits of half a second without a record, one after the other, after which what is missing will not come. */
    private static final int SILENT_POLLS_MAX = 60;

    private static Reading read(KafkaConsumer<byte[], byte[]> consumer, int wanted) {
        long records = 0;
        long bytes = 0;
        long first = 0;
        long start = 0;
        int silent = 0;
        while (records < wanted) {
            ConsumerRecords<byte[], byte[]> batch = consumer.poll(Duration.ofMillis(500));
            silent = batch.isEmpty() ? silent + 1 : 0;
            if (silent > SILENT_POLLS_MAX) throw new IllegalStateException(records + " of " + wanted + " records came, then nothing");
            for (ConsumerRecord<byte[], byte[]> record : batch) bytes += record.value().length;
            if (records == 0) {
                first = batch.count();
                start = System.nanoTime();
            }
            records += batch.count();
        }
        return new Reading(records, bytes, records - first, (System.nanoTime() - start) / 1e9);
    }

    private static Reading readAnew(int wanted) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(groups++)) {
            return read(consumer, wanted);
        }
    }

    private static void consume() {
        for (int time = 0; time < number("warmUpTimes"); time++) readAnew(number("warmUpRecords"));
        double cpu = cpuSeconds();
        long records = 0;
        long bytes = 0;
        long timed = 0;
        double seconds = 0;
        for (int time = 0; time < number("times"); time++) {
            Reading reading = readAnew(number("records"));
            records += reading.records();
            bytes += reading.bytes();
            timed += reading.timedRecords();
            seconds += reading.seconds();
        }
        print("{\"records\":%d,\"bytes\":%d,\"timedRecords\":%d,\"seconds\":%f,\"cpuSeconds\":%f}",
            records, bytes, timed, seconds, cpuSeconds() - cpu);
    }

    /** Each in a thread of its own, as the Java client wants it. */
    private static void idle() throws Exception {
        int consumers = number("consumers");
        AtomicLong records = new AtomicLong();
        CountDownLatch read = new CountDownLatch(consumers);
        for (int each = 0; each < consumers; each++) {
            int group = each;
            Thread thread = new Thread(() -> {
                KafkaConsumer<byte[], byte[]> consumer = consumer(group);
                records.addAndGet(read(consumer, number("records")).records());
                read.countDown();
                while (true) records.addAndGet(consumer.poll(Duration.ofMillis(500)).count());
            });
            thread.setDaemon(true);
            thread.start();
        }
        read.await();
        Thread.sleep(number("idleMs"));
        String status = Files.readString(Path.of("/proc/self/status"));
        long kibibytes = Long.parseLong(status.replaceAll("(?s).*VmRSS:\\s+(\\d+) kB.*", "$1"));
        print("{\"records\":%d,\"residentBytes\":%d}", records.get(), kibibytes * 1024);
    }
}
