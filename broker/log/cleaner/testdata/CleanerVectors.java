// Asks Kafka 4.3.0's own cleaner what becomes of logs: makes logs, cleans them with Kafka's classes, and writes what the files
// held before and after each cleaning, one cleaning a line.
// java -cp 'kafka-libs/*' CleanerVectors.java | gzip -9n > cleaner-vectors.jsonl.gz
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.*;
import java.util.function.Supplier;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.*;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.server.common.RequestLocal;
import org.apache.kafka.server.util.KafkaScheduler;
import org.apache.kafka.storage.internals.log.*;
import org.apache.kafka.storage.internals.utils.Throttler;
import org.apache.kafka.storage.log.metrics.BrokerTopicStats;

public class CleanerVectors {
    static final long START = 1_767_225_600_000L;
    static final ObjectMapper MAPPER = new ObjectMapper();
    static final KafkaScheduler SCHEDULER = new KafkaScheduler(1);

    static class SettableTime implements Time {
        long now = START;
        public long milliseconds() { return now; }
        public long nanoseconds() { return now * 1000000; }
        public void sleep(long ms) { }
        public void waitObject(Object obj, Supplier<Boolean> condition, long deadlineMs) { }
    }

    /** One log and its cleanings. */
    static class Bench {
        final String id;
        final File root = Files.createTempDirectory("cleaner-vectors").toFile();
        final File dir = new File(root, "orders-0");
        final SettableTime time = new SettableTime();
        final Map<String, String> config = new TreeMap<>();
        final UnifiedLog log;
        final Map<Long, Integer> sequences = new HashMap<>();
        int mapBytes = 1 << 20;
        int round = 0;
        Optional<Long> cleaned = Optional.empty();

        Bench(String id, String... settings) throws Exception {
            this.id = id;
            config.put("cleanup.policy", "compact");
            config.put("internal.segment.bytes", "100000");
            config.put("index.interval.bytes", "200");
            config.put("segment.index.bytes", "1200");
            config.put("delete.retention.ms", "1000");
            config.put("file.delete.delay.ms", "600000000");
            for (int i = 0; i < settings.length; i += 2) config.put(settings[i], settings[i + 1]);
            log = UnifiedLog.create(dir, new LogConfig(new HashMap<>(config)), 0L, 0L, SCHEDULER, new BrokerTopicStats(), time,
                900000, new ProducerStateManagerConfig(86400000, false), 600000, new LogDirFailureChannel(1), true, Optional.empty());
        }

        SimpleRecord record(String keyValue, Header... headers) {
            String[] parts = keyValue.split("=", -1);
            byte[] key = parts[0].isEmpty() ? null : parts[0].getBytes();
            byte[] value = parts[1].equals("null") ? null : parts[1].getBytes();
            return new SimpleRecord(time.now++, key, value, headers);
        }

        SimpleRecord[] records(String... keyValues) {
            return Arrays.stream(keyValues).map(this::record).toArray(SimpleRecord[]::new);
        }

        void append(MemoryRecords records, AppendOrigin origin) throws Exception {
            log.appendAsLeader(records, 0, origin, RequestLocal.noCaching(), VerificationGuard.SENTINEL, (short) 0);
            log.updateHighWatermark(log.logEndOffset());
        }

        void plain(CompressionType codec, String... keyValues) throws Exception {
            append(MemoryRecords.withRecords(Compression.of(codec).build(), records(keyValues)), AppendOrigin.CLIENT);
        }

        void produce(long producerId, int epoch, boolean transactional, CompressionType codec, String... keyValues) throws Exception {
            int sequence = sequences.getOrDefault(producerId, 0);
            sequences.put(producerId, sequence + keyValues.length);
            Compression compression = Compression.of(codec).build();
            append(transactional
                ? MemoryRecords.withTransactionalRecords(compression, producerId, (short) epoch, sequence, records(keyValues))
                : MemoryRecords.withIdempotentRecords(compression, producerId, (short) epoch, sequence, records(keyValues)),
                AppendOrigin.CLIENT);
        }

        void end(long producerId, int epoch, ControlRecordType type) throws Exception {
            append(MemoryRecords.withEndTransactionMarker(time.now++, producerId, (short) epoch, new EndTransactionMarker(type, 0)),
                AppendOrigin.COORDINATOR);
        }

        void roll() throws Exception { log.roll(); }

        Map<String, String> files(boolean isAfter) throws Exception {
            Map<String, String> found = new TreeMap<>();
            String active = String.format("%020d", log.activeSegment().baseOffset());
            for (File file : dir.listFiles()) {
                String name = file.getName();
                boolean isLog = name.endsWith(".log") || name.endsWith(".txnindex") || (!isAfter && name.endsWith(".snapshot"));
                boolean isIndex = name.endsWith(".index") || name.endsWith(".timeindex");
                if (!isLog && !(isIndex && !name.startsWith(active))) continue;
                if (name.endsWith(".txnindex") && file.length() == 0) continue;
                found.put(name, Base64.getEncoder().encodeToString(Files.readAllBytes(file.toPath())));
            }
            return found;
        }

        void clean() throws Exception {
            ObjectNode node = MAPPER.createObjectNode();
            node.put("id", id + "-" + round++).put("nowMs", time.now).put("logStartOffset", log.logStartOffset());
            node.set("config", MAPPER.valueToTree(config));
            node.put("mapBytes", mapBytes);
            cleaned.ifPresent(offset -> node.put("cleanedUpTo", offset));
            Object offsets = opened(LogCleanerManager.class, "cleanableOffsets", UnifiedLog.class, Optional.class, long.class)
                .invoke(null, log, cleaned, time.now);
            long firstDirty = (long) opened(offsets.getClass(), "firstDirtyOffset").invoke(offsets);
            long firstUncleanable = (long) opened(offsets.getClass(), "firstUncleanableDirtyOffset").invoke(offsets);
            LogToClean cleanable = new LogToClean(log, firstDirty, firstUncleanable, false);
            node.put("firstDirtyOffset", cleanable.firstDirtyOffset());
            node.put("firstUncleanableDirtyOffset", firstUncleanable);
            node.put("firstUncleanableOffset", cleanable.firstUncleanableOffset());
            node.put("cleanableBytes", cleanable.cleanableBytes()).put("totalBytes", cleanable.totalBytes());
            node.set("before", MAPPER.valueToTree(files(false)));
            Throttler throttler = new Throttler(Double.MAX_VALUE, 300, "cleaner-io", "bytes", time);
            Cleaner cleaner = new Cleaner(0, new SkimpyOffsetMap(mapBytes), 4096, 4096, 0.75, throttler, time, partition -> { });
            Map.Entry<Long, CleanerStats> result = cleaner.doClean(cleanable, time.now);
            cleaned = Optional.of(result.getKey());
            node.put("endOffset", result.getKey());
            node.set("after", MAPPER.valueToTree(files(true)));
            System.out.println(MAPPER.writeValueAsString(node));
        }

        static Method opened(Class<?> type, String name, Class<?>... parameters) throws Exception {
            Method method = type.getDeclaredMethod(name, parameters);
            method.setAccessible(true);
            return method;
        }

        void done() throws Exception {
            log.close();
            Utils.delete(root);
        }
    }

    static final CompressionType NONE = CompressionType.NONE;

    static void plainKeys() throws Exception {
        Bench bench = new Bench("plain-keys");
        for (int segment = 0; segment < 5; segment++) {
            for (int i = 0; i < 6; i++) bench.plain(NONE, "a" + i % 4 + "=v" + segment + i, "b" + segment + "=w" + i, "c=x" + i);
            bench.roll();
            if (segment == 2) bench.clean();
        }
        bench.plain(NONE, "a0=last", "c=last");
        bench.clean();
        bench.clean();
        bench.done();
    }

    static void grouping() throws Exception {
        Bench bench = new Bench("grouping", "internal.segment.bytes", "1500");
        for (int i = 0; i < 60; i++) bench.plain(NONE, "k" + i % 25 + "=" + "v".repeat(40) + i, "once" + i + "=1");
        bench.clean();
        for (int i = 0; i < 30; i++) bench.plain(NONE, "k" + i % 25 + "=" + "w".repeat(40) + i);
        bench.clean();
        bench.done();
    }

    static void tombstones() throws Exception {
        Bench bench = new Bench("tombstones");
        bench.plain(NONE, "a=1", "b=1", "c=1");
        bench.plain(NONE, "a=null", "d=1");
        bench.plain(NONE, "b=null");
        bench.plain(NONE, "b=2", "e=null");
        bench.roll();
        bench.plain(NONE, "f=1");
        bench.clean();
        bench.time.now += 500;
        bench.roll();
        bench.clean();
        bench.time.now += 2000;
        bench.plain(NONE, "g=1");
        bench.roll();
        bench.clean();
        bench.done();
    }

    static void codecs() throws Exception {
        for (CompressionType codec : CompressionType.values()) {
            for (String type : List.of("CreateTime", "LogAppendTime")) {
                Bench bench = new Bench("codec-" + codec.name + "-" + type, "message.timestamp.type", type);
                for (int i = 0; i < 20; i++) bench.plain(codec, "a" + i % 6 + "=v" + i, "b" + i + "=" + "long ".repeat(30), "c=" + i, "d=null");
                bench.append(MemoryRecords.withRecords(Compression.of(codec).build(),
                    bench.record("h=1", new RecordHeader("x", "y".getBytes()), new RecordHeader("x", null)), bench.record("c=h")), AppendOrigin.CLIENT);
                bench.roll();
                bench.plain(codec, "z=1");
                bench.clean();
                bench.time.now += 5000;
                bench.roll();
                bench.clean();
                bench.done();
            }
        }
    }

    static void transactions() throws Exception {
        Bench bench = new Bench("transactions");
        bench.produce(1, 0, true, NONE, "a=t1", "b=t1");
        bench.produce(2, 0, true, NONE, "a=t2", "c=t2");
        bench.end(1, 0, ControlRecordType.COMMIT);
        bench.end(2, 0, ControlRecordType.ABORT);
        bench.produce(2, 0, true, NONE, "b=t3");
        bench.roll();
        bench.produce(2, 0, true, NONE, "d=t3");
        bench.end(2, 0, ControlRecordType.ABORT);
        bench.produce(1, 0, true, NONE, "a=t4");
        bench.end(1, 0, ControlRecordType.COMMIT);
        bench.roll();
        bench.produce(3, 0, true, NONE, "a=open");
        bench.plain(NONE, "a=5", "b=5");
        bench.roll();
        bench.plain(NONE, "d=5");
        bench.clean();
        bench.time.now += 500;
        bench.end(3, 0, ControlRecordType.ABORT);
        bench.roll();
        bench.clean();
        bench.time.now += 5000;
        bench.plain(NONE, "e=5");
        bench.roll();
        bench.clean();
        bench.time.now += 5000;
        bench.plain(NONE, "e=6");
        bench.roll();
        bench.clean();
        bench.done();
    }

    static void producers() throws Exception {
        Bench bench = new Bench("producers");
        for (int i = 0; i < 4; i++) {
            bench.produce(10, 0, false, NONE, "a=" + i, "b=" + i);
            bench.produce(11, 0, false, CompressionType.LZ4, "a=" + i);
        }
        bench.produce(12, 3, true, NONE, "a=12");
        bench.end(12, 4, ControlRecordType.COMMIT);
        bench.plain(NONE, "a=last", "b=last");
        bench.roll();
        bench.plain(NONE, "x=1");
        bench.clean();
        bench.time.now += 5000;
        bench.produce(10, 0, false, NONE, "c=1");
        bench.roll();
        bench.clean();
        bench.time.now += 5000;
        bench.plain(NONE, "x=2");
        bench.roll();
        bench.clean();
        bench.done();
    }

    static void withoutKeys() throws Exception {
        Bench bench = new Bench("without-keys", "cleanup.policy", "delete");
        bench.plain(NONE, "=1", "a=1", "=2");
        bench.plain(NONE, "=3");
        bench.plain(CompressionType.GZIP, "=4", "b=1");
        bench.roll();
        bench.plain(NONE, "a=2");
        bench.clean();
        bench.done();
    }

    static void fullMap() throws Exception {
        Bench bench = new Bench("full-map");
        bench.mapBytes = 24 * 20;
        for (int i = 0; i < 30; i++) {
            bench.plain(NONE, "k" + i + "=1", "same=" + i);
            if (i % 10 == 9) bench.roll();
        }
        for (int i = 0; i < 4; i++) bench.clean();
        bench.done();
    }

    static void logStart() throws Exception {
        Bench bench = new Bench("log-start", "cleanup.policy", "compact,delete", "min.compaction.lag.ms", "1000");
        for (int i = 0; i < 6; i++) {
            bench.plain(NONE, "a=" + i, "b" + i + "=" + i);
            bench.time.now += 400;
            bench.roll();
        }
        bench.log.maybeIncrementLogStartOffset(5, LogStartOffsetIncrementReason.ClientRecordDeletion);
        bench.clean();
        bench.time.now += 10000;
        bench.clean();
        bench.done();
    }

    static void random(int seed) throws Exception {
        Random random = new Random(seed);
        Bench bench = new Bench("random-" + seed, "internal.segment.bytes", random.nextBoolean() ? "2000" : "20000");
        CompressionType[] codecs = random.nextBoolean() ? new CompressionType[] {NONE} : CompressionType.values();
        Map<Long, Boolean> open = new HashMap<>();
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < 40; i++) {
                String[] keyValues = new String[1 + random.nextInt(4)];
                for (int j = 0; j < keyValues.length; j++)
                    keyValues[j] = "k" + random.nextInt(20) + "=" + (random.nextInt(4) == 0 ? "null" : "v" + round + "-" + i + "-" + j);
                CompressionType codec = codecs[random.nextInt(codecs.length)];
                long producerId = 1 + random.nextInt(4);
                int action = random.nextInt(10);
                if (action < 4) bench.plain(codec, keyValues);
                else if (action < 5) bench.produce(100 + producerId, 0, false, codec, keyValues);
                else if (action < 8) {
                    bench.produce(producerId, 0, true, codec, keyValues);
                    open.put(producerId, true);
                } else if (open.remove(producerId) != null) {
                    bench.end(producerId, 0, random.nextBoolean() ? ControlRecordType.ABORT : ControlRecordType.COMMIT);
                }
                if (random.nextInt(15) == 0) bench.roll();
                bench.time.now += random.nextInt(40);
            }
            for (long producerId : new TreeSet<>(open.keySet())) {
                if (random.nextInt(3) == 0) continue;
                bench.end(producerId, 0, random.nextBoolean() ? ControlRecordType.ABORT : ControlRecordType.COMMIT);
                open.remove(producerId);
            }
            bench.roll();
            bench.clean();
            bench.time.now += random.nextInt(1500);
        }
        bench.done();
    }

    public static void main(String[] args) throws Exception {
        SCHEDULER.startup();
        plainKeys();
        grouping();
        tombstones();
        codecs();
        transactions();
        producers();
        withoutKeys();
        fullMap();
        logStart();
        for (int seed = 0; seed < 25; seed++) random(seed);
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }
}
