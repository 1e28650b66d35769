// Counts words exactly once. Without a cache each word of the input makes one record of the output, its count so far: the
// records of a word are then 1, 2, 3 and so on, and any lost or doubled record breaks the row.
import java.util.Arrays;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;

final class WordCount {
  /**
   * Runs until SIGTERM, or until Kafka Streams gives up: exit code 3. Prints each state it gets into: RUNNING when it has
   * its share.
   */
  static void run(String bootstrap, String application, String stateFolder, String input, String output) throws Exception {
    StreamsBuilder builder = new StreamsBuilder();
    builder.<String, String>stream(input)
        .flatMapValues(line -> Arrays.asList(line.split(" ")))
        .groupBy((key, word) -> word)
        .count()
        .toStream()
        .mapValues(count -> Long.toString(count))
        .to(output);
    KafkaStreams streams = new KafkaStreams(builder.build(), settings(bootstrap, application, stateFolder));
    CountDownLatch ended = new CountDownLatch(1);
    streams.setUncaughtExceptionHandler(cause -> {
      cause.printStackTrace();
      ended.countDown();
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    streams.setStateListener((now, before) -> System.out.println(now));
    Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
    streams.start();
    ended.await();
    Runtime.getRuntime().halt(3);
  }

  private static Properties settings(String bootstrap, String application, String stateFolder) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, application);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, stateFolder);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
    settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    settings.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
    settings.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
    // With the 100 ms of Streams' own default the records would leave at the commit only, and hardly a kill would meet an open
    // transaction.
    settings.put(StreamsConfig.producerPrefix("linger.ms"), 5);
    settings.put(StreamsConfig.consumerPrefix("session.timeout.ms"), 6000);
    settings.put(StreamsConfig.consumerPrefix("heartbeat.interval.ms"), 2000);
    settings.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
    return settings;
  }
}
