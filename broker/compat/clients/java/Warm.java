// Loads what Kafka's tools load, for an archive of loaded classes that lets each of them start in half the time.
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.*;

final class Warm {
  static void up(List<String> classes) throws Exception {
    Map<String, Object> nobody = Map.of("bootstrap.servers", "127.0.0.1:1", "group.id", "warm");
    Admin.create(nobody).close(Duration.ZERO);
    new KafkaProducer<>(nobody, new ByteArraySerializer(), new ByteArraySerializer()).close(Duration.ZERO);
    var consumer = new KafkaConsumer<>(nobody, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    consumer.close(CloseOptions.timeout(Duration.ZERO));
    for (String name : classes) Class.forName(name);
  }
}
