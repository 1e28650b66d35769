// Asks Kafka 4.3.0's own log what becomes of appends: reads cases as JSON lines, writes them back with Kafka's answers.
// java -cp 'kafka-libs/*' AppendVectors.java < append-cases.jsonl > append-vectors.jsonl
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.server.common.RequestLocal;
import org.apache.kafka.server.util.KafkaScheduler;
import org.apache.kafka.storage.internals.log.*;
import org.apache.kafka.storage.log.metrics.BrokerTopicStats;

public class AppendVectors {
    static class FixedTime implements Time {
        final long now;
        FixedTime(long now) { this.now = now; }
        public long milliseconds() { return now; }
        public long nanoseconds() { return now * 1000000; }
        public void sleep(long ms) { }
        public void waitObject(Object obj, Supplier<Boolean> condition, long deadlineMs) { }
    }

    public static void main(String[] args) throws Exception {
        ObjectMapper mapper = new ObjectMapper();
        KafkaScheduler scheduler = new KafkaScheduler(1);
        scheduler.startup();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            ObjectNode node = (ObjectNode) mapper.readTree(line);
            run(node, scheduler);
            System.out.println(mapper.writeValueAsString(node));
        }
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    static void run(ObjectNode node, KafkaScheduler scheduler) throws Exception {
        File root = Files.createTempDirectory("append-vectors").toFile();
        File dir = new File(root, "orders-0");
        Properties props = new Properties();
        node.get("config").fields().forEachRemaining(e -> props.put(e.getKey(), e.getValue().asText()));
        UnifiedLog log = UnifiedLog.create(dir, new LogConfig(props), 0L, 0L, scheduler, new BrokerTopicStats(),
            new FixedTime(node.get("nowMs").asLong()), 900000, new ProducerStateManagerConfig(86400000, true), 600000,
            new LogDirFailureChannel(1), true, Optional.empty());
        for (JsonNode each : (ArrayNode) node.get("appends")) append(log, (ObjectNode) each);
        ArrayNode segments = node.putArray("segments");
        for (LogSegment segment : log.logSegments()) {
            segments.addObject().put("baseOffset", segment.baseOffset())
                .put("hex", HexFormat.of().formatHex(Files.readAllBytes(segment.log().file().toPath())));
        }
        log.updateHighWatermark(log.logEndOffset());
        node.put("logEndOffset", log.logEndOffset());
        node.put("lastStableOffset", log.lastStableOffset());
        log.close();
        Utils.delete(root);
    }

    static void append(UnifiedLog log, ObjectNode append) {
        AppendOrigin origin = AppendOrigin.valueOf(append.get("origin").asText().toUpperCase());
        try {
            MemoryRecords records = MemoryRecords.readableRecords(
                ByteBuffer.wrap(HexFormat.of().parseHex(append.get("hex").asText())));
            if (origin == AppendOrigin.CLIENT) ProduceRequest.validateRecords((short) 11, records);
            LogAppendInfo info = log.appendAsLeader(records, append.get("leaderEpoch").asInt(), origin,
                RequestLocal.noCaching(), guard(log, append, records), (short) append.get("transactionVersion").asInt());
            append.put("error", "NONE").put("baseOffset", info.firstOffset()).put("lastOffset", info.lastOffset())
                .put("logAppendTimeMs", info.logAppendTime());
        } catch (Throwable thrown) {
            Throwable cause = thrown instanceof RecordValidationException ? ((RecordValidationException) thrown).invalidException() : thrown;
            append.put("error", Errors.forException(cause).name()).put("exception", cause.toString());
            if (thrown instanceof RecordValidationException) {
                ArrayNode errors = append.putArray("recordErrors");
                ((RecordValidationException) thrown).recordErrors().forEach(e -> errors.add(e.batchIndex));
            }
        }
    }

    static VerificationGuard guard(UnifiedLog log, ObjectNode append, MemoryRecords records) {
        if (!append.get("transactionVerified").asBoolean()) return VerificationGuard.SENTINEL;
        var batch = records.batches().iterator().next();
        return log.maybeStartTransactionVerification(batch.producerId(), batch.baseSequence(), batch.producerEpoch(), false);
    }
}
