// Kafka's own Java clients against the broker: `java Suite suite BOOTSTRAP PREFIX ONLY`, and `produce` and `consume` for
// the round trips between clients. Prints one `@{...}` line per check (see program-suite.mjs).
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.AtomicInteger;

public final class Suite {
  interface Body {
    void run(Kit kit) throws Exception;
  }

  /** Checks wait for rebalances more than they compute; this many run at once. */
  private static final int AT_ONCE = 3;

  private static final ObjectMapper json = new ObjectMapper();
  private final Map<String, Body> checks = new LinkedHashMap<>();

  void check(String name, Body body) {
    if (checks.put(name, body) != null) throw new IllegalStateException("two checks are called " + name);
  }

  public static void main(String[] arguments) throws Exception {
    switch (arguments[0]) {
      case "suite" -> System.exit(new Suite().everything().run(arguments, AT_ONCE));
      case "log-dirs" -> System.exit(new Suite().logDirs().run(arguments, 1));
      case "leave-moving" -> LogDirChecks.leaveMoving(arguments[1], arguments[2]);
      case "finish-move" -> LogDirChecks.finish(arguments[1], arguments[2], arguments[3]);
      case "produce" -> RoundTrip.produce(arguments[1], arguments[2]);
      case "consume" -> RoundTrip.consume(arguments[1], arguments[2]);
      case "apis" -> ApiTable.print();
      case "admin-answers" -> AdminAnswers.print(arguments[1], arguments[2]);
      case "consumer-answers" -> ConsumerAnswers.print(arguments[1], arguments[2]);
      case "snapshot" -> Snapshot.print(arguments[1]);
      case "warm" -> Warm.up(List.of(arguments).subList(1, arguments.length));
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private Suite logDirs() {
    LogDirChecks.addTo(this);
    return this;
  }

  private Suite everything() {
    TopicChecks.addTo(this);
    ConfigChecks.addTo(this);
    OffsetChecks.addTo(this);
    ProducerChecks.addTo(this);
    ConsumerChecks.addTo(this);
    GroupChecks.addTo(this);
    NewGroupChecks.addTo(this);
    GroupAdminChecks.addTo(this);
    ClusterChecks.addTo(this);
    TransactionChecks.addTo(this);
    ControllerChecks.addTo(this);
    AdminChecks.addTo(this);
    return this;
  }

  /** The arguments are the mode, the bootstrap address, a prefix for names, and what the name of a check must contain. */
  private int run(String[] arguments, int atOnce) throws Exception {
    String only = arguments.length > 3 ? arguments[3] : "";
    Kit kit = new Kit(arguments[1], arguments[2]);
    ExecutorService pool = Executors.newFixedThreadPool(atOnce);
    List<Future<?>> all = new ArrayList<>();
    AtomicInteger told = new AtomicInteger();
    checks.forEach((name, body) -> {
      if (name.contains(only)) all.add(pool.submit(() -> tell(name, body, kit, told)));
    });
    for (Future<?> future : all) future.get();
    // Only a whole run says what no check calls.
    if (only.isEmpty() && arguments[0].equals("suite")) tell("admin: every method of the interface is checked or is to come later", any -> AdminChecks.nothingForgotten(), kit, told);
    System.out.println("@" + json.writeValueAsString(Map.of("done", told.get())));
    return 0;
  }

  private static void tell(String name, Body body, Kit kit, AtomicInteger told) {
    long startedAt = System.nanoTime();
    Map<String, Object> entry = new HashMap<>(Map.of("check", name, "ok", true));
    try {
      body.run(kit);
    } catch (Throwable thrown) {
      StringWriter trace = new StringWriter();
      thrown.printStackTrace(new PrintWriter(trace));
      entry.put("ok", false);
      entry.put("detail", trace.toString());
    }
    entry.put("ms", (System.nanoTime() - startedAt) / 1_000_000);
    told.incrementAndGet();
    try {
      String line = "@" + json.writeValueAsString(entry);
      synchronized (System.out) {
        System.out.println(line);
        System.out.flush();
      }
    } catch (Exception cause) {
      throw new IllegalStateException(cause);
    }
  }
}
