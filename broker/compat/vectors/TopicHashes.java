// Writes, as JSON lines, what Kafka's group coordinator computes of topics and groups of topics, and XXH3 of some bytes:
// broker/coordinator/testdata/topic-hashes.jsonl.gz. Run: java -cp "KAFKA_JARS/*" TopicHashes.java | gzip -n9
import com.dynatrace.hash4j.hashing.HashStream64;
import com.dynatrace.hash4j.hashing.Hashing;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataImage;
import org.apache.kafka.coordinator.group.Utils;

public class TopicHashes {
    public static void main(String[] args) {
        for (int length : new int[] {0, 1, 2, 3, 4, 5, 8, 9, 16, 17, 32, 33, 64, 65, 96, 97, 128, 129, 144, 200, 240, 241, 255,
            256, 257, 512, 1023, 1024, 1025, 1088, 1089, 2048, 2049, 5000}) {
            HashStream64 stream = Hashing.xxh3_64().hashStream();
            for (int i = 0; i < length; i++) stream.putByte((byte) (i * 7 + length));
            System.out.printf("{\"bytes\":%d,\"hash\":\"%s\"}%n", length, stream.getAsLong());
        }
        Random random = new Random(1);
        String[] names = {"a", "orders", "t.b_c-d", "x".repeat(249)};
        Map<String, Long> hashes = new TreeMap<>();
        for (int partitions : new int[] {1, 2, 3, 10, 40, 300}) {
            for (String name : names) {
                List<List<String>> racks = new ArrayList<>();
                for (int p = 0; p < partitions; p++) {
                    List<String> own = new ArrayList<>();
                    for (int r = 0; r < random.nextInt(4); r++) own.add("rack-" + random.nextInt(12));
                    racks.add(own);
                }
                Uuid id = new Uuid(random.nextLong(), random.nextLong());
                String json = racks.stream().map(list -> list.stream().map(r -> "\"" + r + "\"").collect(Collectors.joining(",", "[", "]")))
                    .collect(Collectors.joining(",", "[", "]"));
                long hash = Utils.computeTopicHash(name, image(name, id, racks));
                System.out.printf("{\"name\":\"%s\",\"id\":\"%s\",\"racks\":%s,\"hash\":\"%d\"}%n", name, id, json, hash);
                hashes.put(name + partitions, hash);
                System.out.printf("{\"group\":{%s},\"hash\":\"%d\"}%n", hashes.entrySet().stream()
                    .map(e -> "\"" + e.getKey() + "\":\"" + e.getValue() + "\"").collect(Collectors.joining(",")),
                    Utils.computeGroupHash(hashes));
            }
        }
    }

    private static CoordinatorMetadataImage image(String name, Uuid id, List<List<String>> racks) {
        var topic = Proxy.newProxyInstance(TopicHashes.class.getClassLoader(),
            new Class<?>[] {CoordinatorMetadataImage.TopicMetadata.class}, (proxy, method, args) -> switch (method.getName()) {
                case "name" -> name;
                case "id" -> id;
                case "partitionCount" -> racks.size();
                default -> new ArrayList<>(racks.get((Integer) args[0]));
            });
        return (CoordinatorMetadataImage) Proxy.newProxyInstance(TopicHashes.class.getClassLoader(),
            new Class<?>[] {CoordinatorMetadataImage.class}, (proxy, method, args) -> Optional.of(topic));
    }
}
