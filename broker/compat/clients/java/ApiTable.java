// What Kafka 4.3.0 itself answers to ApiVersions on a broker's listener, from the tables inside its jar.
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ApiKeys;

final class ApiTable {
  static void print() {
    for (ApiKeys api : ApiKeys.apisForListener(ApiMessageType.ListenerType.BROKER)) {
      api.toApiVersionForApiResponse(false, ApiMessageType.ListenerType.BROKER).ifPresent(version -> System.out.printf(
          "@{\"key\":%d,\"name\":\"%s\",\"min\":%d,\"max\":%d}%n", version.apiKey(), api.name, version.minVersion(), version.maxVersion()));
    }
  }
}
