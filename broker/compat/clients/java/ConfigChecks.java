// Configs through AdminClient: what is described (compared with the definitions in Kafka's jar), and the four ways to alter.
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.config.*;
import org.apache.kafka.common.errors.*;
import org.apache.kafka.storage.internals.log.LogConfig;

final class ConfigChecks {
  static void addTo(Suite suite) {
    suite.check("configs: a topic describes every setting with type, default and source", ConfigChecks::topicDefinitions);
    suite.check("configs: a broker describes every setting with type and source", ConfigChecks::brokerDefinitions);
    suite.check("configs: synonyms and documentation only on request", ConfigChecks::describeOptions);
    suite.check("configs: LONG settings keep every digit", ConfigChecks::longs);
    suite.check("configs: set and delete", ConfigChecks::setAndDelete);
    suite.check("configs: append and subtract on lists", ConfigChecks::lists);
    suite.check("configs: what cannot be altered", ConfigChecks::refusals);
    suite.check("configs: one bad resource does not fail the good one", ConfigChecks::oneBadAmongGood);
    suite.check("configs: validate only", ConfigChecks::validateOnly);
    suite.check("configs: cluster-wide broker settings show in topics", ConfigChecks::clusterWide);
    suite.check("configs: unknown resources", ConfigChecks::unknown);
    suite.check("configs: list of resources with configs", ConfigChecks::resources);
  }

  static Map<String, ConfigEntry> describe(Kit kit, ConfigResource resource, DescribeConfigsOptions... options) throws Exception {
    var asked = options.length > 0 ? options[0] : new DescribeConfigsOptions();
    Map<String, ConfigEntry> entries = new TreeMap<>();
    kit.admin.describeConfigs(List.of(resource), asked).all().get().get(resource).entries().forEach(entry -> entries.put(entry.name(), entry));
    return entries;
  }

  private static ConfigResource of(String topic) {
    return new ConfigResource(ConfigResource.Type.TOPIC, topic);
  }

  private static void alter(Kit kit, ConfigResource resource, String name, String value, OpType type) throws Exception {
    kit.admin.incrementalAlterConfigs(Map.of(resource, List.of(new AlterConfigOp(new ConfigEntry(name, value), type)))).all().get();
  }

  private static String value(Kit kit, ConfigResource resource, String name) throws Exception {
    return describe(kit, resource).get(name).value();
  }

  private static void topicDefinitions(Kit kit) throws Exception {
    String topic = kit.topic(1, "retention.ms", "777");
    Map<String, ConfigEntry> entries = describe(kit, of(topic), new DescribeConfigsOptions().includeDocumentation(true).includeSynonyms(true));
    Map<String, ConfigDef.ConfigKey> keys = LogConfig.configDefCopy().configKeys();
    Set<String> published = new TreeSet<>(LogConfig.nonInternalConfigNames());
    Kit.same("names", published, new TreeSet<>(entries.keySet()));
    for (ConfigEntry entry : entries.values()) {
      ConfigDef.ConfigKey key = keys.get(entry.name());
      Kit.same("type of " + entry.name(), key.type.name(), entry.type().name());
      Kit.same("sensitive " + entry.name(), key.type == ConfigDef.Type.PASSWORD, entry.isSensitive());
      Kit.same("read only " + entry.name(), false, entry.isReadOnly());
      Kit.that("documentation of " + entry.name(), entry.documentation() != null && !entry.documentation().isEmpty());
      if (entry.source() == ConfigEntry.ConfigSource.DEFAULT_CONFIG && key.hasDefault())
        Kit.same("default of " + entry.name(), ConfigDef.convertToString(key.defaultValue, key.type), entry.value());
    }
    Kit.same("source of what was set", ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG, entries.get("retention.ms").source());
    Kit.same("an empty list is an empty text", "", entries.get("leader.replication.throttled.replicas").value());
    Kit.same("retention.bytes", "-1", entries.get("retention.bytes").value());
    Kit.same("synonyms of what was set", "[DYNAMIC_TOPIC_CONFIG retention.ms=777]", synonyms(entries.get("retention.ms")));
    Kit.same("synonyms of a broker's default", "[DEFAULT_CONFIG log.segment.bytes=1073741824]", synonyms(entries.get("segment.bytes")));
  }

  private static String synonyms(ConfigEntry entry) {
    return entry.synonyms().stream().map(synonym -> synonym.source() + " " + synonym.name() + "=" + synonym.value()).toList().toString();
  }

  private static ConfigResource broker(Kit kit) throws Exception {
    int node = kit.admin.describeCluster().nodes().get().iterator().next().id();
    return new ConfigResource(ConfigResource.Type.BROKER, "" + node);
  }

  /** Kafka prints the pairs of listener.security.protocol.map in the order of a hash map, which differs from run to run. */
  private static List<String> sorted(String text) {
    return java.util.Arrays.stream(text.split(",")).sorted().toList();
  }

  private static void brokerDefinitions(Kit kit) throws Exception {
    ConfigResource broker = broker(kit);
    Map<String, ConfigEntry> entries = describe(kit, broker);
    var definition = org.apache.kafka.server.config.AbstractKafkaConfig.CONFIG_DEF;
    Map<String, ConfigDef.ConfigKey> keys = definition.configKeys();
    Set<String> published = new TreeSet<>();
    keys.values().forEach(key -> {
      if (!key.internalConfig) published.add(key.name);
    });
    Set<String> shown = new TreeSet<>(entries.keySet());
    Set<String> missing = new TreeSet<>(published);
    missing.removeAll(shown);
    Kit.same("missing settings", Set.of(), missing);
    for (ConfigEntry entry : entries.values()) {
      ConfigDef.ConfigKey key = keys.get(entry.name());
      if (key == null) continue;
      Kit.same("type of " + entry.name(), key.type.name(), entry.type().name());
      Kit.same("sensitive " + entry.name(), key.type == ConfigDef.Type.PASSWORD, entry.isSensitive());
      if (entry.source() == ConfigEntry.ConfigSource.DEFAULT_CONFIG && key.hasDefault() && !entry.isSensitive() && entry.value() != null)
        Kit.same("default of " + entry.name(), sorted(ConfigDef.convertToString(key.defaultValue, key.type)), sorted(entry.value()));
    }
    Kit.same("node.id", broker.name(), entries.get("node.id").value());
    Kit.same("node.id is read only", true, entries.get("node.id").isReadOnly());
    Kit.same("node.id comes from the start", ConfigEntry.ConfigSource.STATIC_BROKER_CONFIG, entries.get("node.id").source());
    Kit.same("a setting that can be altered", false, entries.get("log.retention.ms").isReadOnly());
    Kit.same("a setting without value", null, entries.get("log.retention.ms").value());
    Kit.same("an empty setting", "", entries.get("controller.quorum.bootstrap.servers").value());
    Kit.same("Long.MAX_VALUE, all digits", "9223372036854775807", entries.get("log.flush.interval.messages").value());
  }

  /** The order of this default is that of a hash map. */
  private static Object unordered(String name, String value) {
    return name.equals("listener.security.protocol.map") ? Set.of(value.split(",")) : value;
  }

  private static void describeOptions(Kit kit) throws Exception {
    String topic = kit.topic(1);
    Map<String, ConfigEntry> plain = describe(kit, of(topic));
    Kit.same("no synonyms unless asked", List.of(), plain.get("retention.ms").synonyms());
    Kit.same("no documentation unless asked", null, plain.get("retention.ms").documentation());
    Kit.same("source", ConfigEntry.ConfigSource.DEFAULT_CONFIG, plain.get("flush.ms").source());
    Kit.same("type", ConfigEntry.ConfigType.LIST, plain.get("cleanup.policy").type());
    Kit.same("BOOLEAN", "false", plain.get("preallocate").value());
    Kit.same("DOUBLE", "0.5", plain.get("min.cleanable.dirty.ratio").value());
  }

  private static void longs(Kit kit) throws Exception {
    String topic = kit.topic(1);
    Kit.same("default flush.messages", "9223372036854775807", value(kit, of(topic), "flush.messages"));
    for (String digits : List.of("9007199254740993", "9223372036854775807", "9223372036854775806", "1")) {
      alter(kit, of(topic), "flush.ms", digits, OpType.SET);
      Kit.same("flush.ms", digits, Kit.eventually("altered", () -> value(kit, of(topic), "flush.ms"), digits::equals));
    }
    Kit.refused(InvalidConfigurationException.class, () -> {
      alter(kit, of(topic), "flush.ms", "9223372036854775808", OpType.SET);
      return "taken";
    });
  }

  private static void setAndDelete(Kit kit) throws Exception {
    ConfigResource topic = of(kit.topic(1, "segment.ms", "100000"));
    var set = new AlterConfigOp(new ConfigEntry("retention.ms", " 60000 ".trim()), OpType.SET);
    var delete = new AlterConfigOp(new ConfigEntry("segment.ms", ""), OpType.DELETE);
    kit.admin.incrementalAlterConfigs(Map.of(topic, List.of(set, delete))).all().get();
    Kit.eventually("set", () -> value(kit, topic, "retention.ms"), "60000"::equals);
    Map<String, ConfigEntry> entries = describe(kit, topic);
    Kit.same("deleted", "604800000", entries.get("segment.ms").value());
    Kit.same("its source", ConfigEntry.ConfigSource.DEFAULT_CONFIG, entries.get("segment.ms").source());
    alter(kit, topic, "max.message.bytes", "4096", OpType.DELETE);
    Kit.same("deleting what is not set is no error", "1048588", value(kit, topic, "max.message.bytes"));
  }

  private static void lists(Kit kit) throws Exception {
    ConfigResource topic = of(kit.topic(1));
    alter(kit, topic, "cleanup.policy", "compact", OpType.APPEND);
    Kit.eventually("appended to the default", () -> value(kit, topic, "cleanup.policy"), "delete,compact"::equals);
    alter(kit, topic, "cleanup.policy", "delete", OpType.SUBTRACT);
    Kit.eventually("subtracted", () -> value(kit, topic, "cleanup.policy"), "compact"::equals);
    alter(kit, topic, "cleanup.policy", "compact", OpType.APPEND);
    Kit.same("appending what is there changes nothing", "compact", value(kit, topic, "cleanup.policy"));
    alter(kit, topic, "leader.replication.throttled.replicas", "0:1", OpType.APPEND);
    alter(kit, topic, "leader.replication.throttled.replicas", "1:1,2:1", OpType.APPEND);
    Kit.eventually("several", () -> value(kit, topic, "leader.replication.throttled.replicas"), "0:1,1:1,2:1"::equals);
    alter(kit, topic, "leader.replication.throttled.replicas", "0:1,2:1", OpType.SUBTRACT);
    Kit.eventually("one is left", () -> value(kit, topic, "leader.replication.throttled.replicas"), "1:1"::equals);
    Kit.refused(InvalidConfigurationException.class, () -> {
      alter(kit, topic, "retention.ms", "1", OpType.APPEND);
      return "taken";
    });
    Kit.refused(InvalidConfigurationException.class, () -> {
      alter(kit, topic, "cleanup.policy", "shred", OpType.APPEND);
      return "taken";
    });
  }

  private static void refusals(Kit kit) throws Exception {
    ConfigResource topic = of(kit.topic(1));
    for (String[] wrong : new String[][] {
        {"no.such.setting", "1"}, {"retention.ms", "x"}, {"retention.ms", "-2"}, {"min.cleanable.dirty.ratio", "1.5"},
        {"cleanup.policy", "shred"}, {"message.timestamp.type", "Never"}})
      Kit.refused(InvalidConfigurationException.class, () -> {
        alter(kit, topic, wrong[0], wrong[1], OpType.SET);
        return wrong[0] + " = " + wrong[1];
      });
    Kit.same("nothing was altered", "604800000", value(kit, topic, "retention.ms"));
    ConfigResource broker = broker(kit);
    Kit.refused(InvalidRequestException.class, () -> {
      alter(kit, broker, "node.id", "9", OpType.SET);
      return "node.id";
    });
    var twice = List.of(new AlterConfigOp(new ConfigEntry("flush.ms", "1"), OpType.SET), new AlterConfigOp(new ConfigEntry("flush.ms", "2"), OpType.SET));
    Kit.refused(InvalidRequestException.class, () -> kit.admin.incrementalAlterConfigs(Map.of(topic, twice)).all().get());
  }

  private static void oneBadAmongGood(Kit kit) throws Exception {
    ConfigResource good = of(kit.topic(1));
    ConfigResource missing = of(kit.name("missing"));
    var op = List.of(new AlterConfigOp(new ConfigEntry("retention.ms", "4242"), OpType.SET));
    var results = kit.admin.incrementalAlterConfigs(Map.of(good, op, missing, op)).values();
    results.get(good).get();
    Kit.refused(UnknownTopicOrPartitionException.class, () -> results.get(missing).get());
    Kit.eventually("the good one", () -> value(kit, good, "retention.ms"), "4242"::equals);
  }

  private static void validateOnly(Kit kit) throws Exception {
    ConfigResource topic = of(kit.topic(1));
    var options = new AlterConfigsOptions().validateOnly(true);
    var good = List.of(new AlterConfigOp(new ConfigEntry("retention.ms", "4242"), OpType.SET));
    kit.admin.incrementalAlterConfigs(Map.of(topic, good), options).all().get();
    Kit.same("unchanged", "604800000", value(kit, topic, "retention.ms"));
    var bad = List.of(new AlterConfigOp(new ConfigEntry("retention.ms", "never"), OpType.SET));
    Kit.refused(InvalidConfigurationException.class, () -> kit.admin.incrementalAlterConfigs(Map.of(topic, bad), options).all().get());
  }

  private static void clusterWide(Kit kit) throws Exception {
    ConfigResource all = new ConfigResource(ConfigResource.Type.BROKER, "");
    ConfigResource topic = of(kit.topic(1));
    alter(kit, all, "log.flush.interval.ms", "987654321", OpType.SET);
    try {
      Kit.eventually("a topic takes it", () -> value(kit, topic, "flush.ms"), "987654321"::equals);
      var entry = describe(kit, topic, new DescribeConfigsOptions().includeSynonyms(true)).get("flush.ms");
      Kit.same("source", ConfigEntry.ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG, entry.source());
      Kit.same("synonym", "log.flush.interval.ms", entry.synonyms().get(0).name());
      Kit.same("the resource itself", "987654321", describe(kit, all).get("log.flush.interval.ms").value());
    } finally {
      alter(kit, all, "log.flush.interval.ms", "", OpType.DELETE);
    }
    Kit.eventually("and loses it", () -> value(kit, topic, "flush.ms"), "9223372036854775807"::equals);
  }

  private static void unknown(Kit kit) throws Exception {
    Kit.refused(UnknownTopicOrPartitionException.class, () -> describe(kit, of(kit.name("missing"))));
    Kit.refused(InvalidTopicException.class, () -> describe(kit, of("bad name")));
  }

  private static void resources(Kit kit) throws Exception {
    String topic = kit.topic(1);
    var topics = kit.admin.listConfigResources(Set.of(ConfigResource.Type.TOPIC), new ListConfigResourcesOptions()).all().get();
    Kit.that("the topic is listed", topics.contains(of(topic)));
    Kit.that("nothing else", topics.stream().allMatch(resource -> resource.type() == ConfigResource.Type.TOPIC));
    var brokers = kit.admin.listConfigResources(Set.of(ConfigResource.Type.BROKER), new ListConfigResourcesOptions()).all().get();
    Kit.that("the broker is listed", brokers.contains(broker(kit)));
  }
}
