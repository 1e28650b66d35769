// Everything that must outlive a broker, one line each: topics with ids and configs, offsets and a digest of the records of
// every partition, group offsets.
import java.security.MessageDigest;
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.config.ConfigResource;

final class Snapshot {
  static void print(String bootstrap) throws Exception {
    Kit kit = new Kit(bootstrap, "");
    List<String> names = kit.admin.listTopics().names().get().stream().filter(name -> !name.startsWith("__")).sorted().toList();
    Map<String, TopicDescription> topics = kit.admin.describeTopics(names).allTopicNames().get();
    List<TopicPartition> partitions = new ArrayList<>();
    for (TopicDescription topic : topics.values()) {
      System.out.println("@topic " + topic.name() + " " + topic.topicId() + " " + topic.partitions().size() + " " + configs(kit, topic.name()));
      for (TopicPartitionInfo each : topic.partitions()) partitions.add(new TopicPartition(topic.name(), each.partition()));
    }
    digests(kit, partitions);
    for (GroupListing group : kit.admin.listGroups().all().get())
      System.out.println("@group " + group.groupId() + " " + new TreeMap<>(offsets(kit, group.groupId())));
    System.exit(0);
  }

  private static Map<String, String> offsets(Kit kit, String group) throws Exception {
    Map<String, String> all = new HashMap<>();
    kit.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().forEach((at, offset) -> all.put("" + at, "" + offset));
    return all;
  }

  private static Map<String, String> configs(Kit kit, String topic) throws Exception {
    var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    Map<String, String> set = new TreeMap<>();
    for (ConfigEntry entry : kit.admin.describeConfigs(List.of(resource)).all().get().get(resource).entries())
      if (entry.source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG) set.put(entry.name(), entry.value());
    return set;
  }

  /** Reads all partitions to their ends at once. */
  private static void digests(Kit kit, List<TopicPartition> partitions) throws Exception {
    Map<TopicPartition, MessageDigest> digests = new HashMap<>();
    for (TopicPartition at : partitions) digests.put(at, MessageDigest.getInstance("SHA-256"));
    try (var consumer = kit.consumer("check.crcs", true)) {
      Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      long until = System.nanoTime() + 60_000_000_000L;
      while (!partitions.stream().allMatch(at -> consumer.position(at) >= ends.get(at))) {
        if (System.nanoTime() > until) throw new AssertionError("not all partitions can be read to their ends");
        for (var record : consumer.poll(Duration.ofMillis(200))) add(digests.get(new TopicPartition(record.topic(), record.partition())), record);
      }
      for (TopicPartition at : partitions)
        System.out.println("@partition " + at + " " + starts.get(at) + " " + ends.get(at) + " " + HexFormat.of().formatHex(digests.get(at).digest(), 0, 8));
    }
  }

  private static void add(MessageDigest digest, ConsumerRecord<byte[], byte[]> record) {
    digest.update(("" + record.offset() + " " + record.timestamp() + " " + record.timestampType() + " " + record.serializedKeySize() + " " + record.serializedValueSize()).getBytes());
    if (record.key() != null) digest.update(record.key());
    if (record.value() != null) digest.update(record.value());
    record.headers().forEach(header -> {
      digest.update(header.key().getBytes());
      if (header.value() != null) digest.update(header.value());
    });
  }
}
