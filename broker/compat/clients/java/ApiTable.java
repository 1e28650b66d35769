// What Kafka 4.3.0 itself answers to ApiVersions on a broker's listener, from the tables inside its jar.
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ApiKeys;

final class ApiTable {
  static void print() {
    // Offered only by a broker with a metrics reporter that takes clients' telemetry; Kafka brings none along.
    var onlyWithTelemetry = java.util.Set.of(ApiKeys.GET_TELEMETRY_SUBSCRIPTIONS, ApiKeys.PUSH_TELEMETRY);
    for (ApiKeys api : ApiKeys.apisForListener(ApiMessageType.ListenerType.BROKER)) {
      if (onlyWithTelemetry.contains(api)) continue;
      api.toApiVersionForApiResponse(false, ApiMessageType.ListenerType.BROKER).ifPresent(version -> System.out.printf(
          "@{\"key\":%d,\"name\":\"%s\",\"min\":%d,\"max\":%d}%n", version.apiKey(), api.name, version.minVersion(), version.maxVersion()));
    }
  }
}
