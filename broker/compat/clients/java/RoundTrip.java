// The Java side of the round trips between clients: writes given records with each codec, or reads topics and prints what is in them.
import com.fasterxml.jackson.databind.*;
import com.fasterxml.jackson.databind.node.*;
import java.io.File;
import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;

final class RoundTrip {
  private static final ObjectMapper json = new ObjectMapper();

  static void produce(String bootstrap, String jobFile) throws Exception {
    Kit kit = new Kit(bootstrap, "");
    JsonNode job = json.readTree(new File(jobFile));
    for (JsonNode target : job.get("topics")) {
      try (KafkaProducer<byte[], byte[]> producer =
          kit.producer("compression.type", target.get("codec").asText(), "linger.ms", 50)) {
        List<java.util.concurrent.Future<RecordMetadata>> sent = new ArrayList<>();
        for (JsonNode record : job.get("records")) {
          ProducerRecord<byte[], byte[]> wanted = new ProducerRecord<>(
              target.get("topic").asText(), 0, record.get("timestamp").asLong(), bytes(record.get("key")), bytes(record.get("value")));
          for (JsonNode header : record.get("headers")) wanted.headers().add(header.get(0).asText(), bytes(header.get(1)));
          sent.add(producer.send(wanted));
        }
        producer.flush();
        for (var future : sent) future.get();
      }
    }
    System.exit(0);
  }

  static void consume(String bootstrap, String jobFile) throws Exception {
    Kit kit = new Kit(bootstrap, "");
    JsonNode job = json.readTree(new File(jobFile));
    List<TopicPartition> partitions = new ArrayList<>();
    int wanted = 0;
    for (JsonNode source : job.get("topics")) {
      partitions.add(new TopicPartition(source.get("topic").asText(), 0));
      wanted += source.get("count").asInt();
    }
    try (KafkaConsumer<byte[], byte[]> consumer = kit.consumer()) {
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      StringBuilder lines = new StringBuilder();
      for (ConsumerRecord<byte[], byte[]> record : Kit.take(consumer, wanted)) lines.append("@").append(line(record)).append("\n");
      System.out.print(lines);
    }
    System.exit(0);
  }

  private static String line(ConsumerRecord<byte[], byte[]> record) throws Exception {
    ObjectNode line = json.createObjectNode();
    line.put("topic", record.topic()).put("offset", record.offset()).put("timestamp", record.timestamp());
    line.put("key", record.key()).put("value", record.value());
    ArrayNode headers = line.putArray("headers");
    record.headers().forEach(header -> headers.addArray().add(header.key()).add(header.value()));
    return json.writeValueAsString(line);
  }

  private static byte[] bytes(JsonNode node) {
    return node.isNull() ? null : Base64.getDecoder().decode(node.asText());
  }
}
