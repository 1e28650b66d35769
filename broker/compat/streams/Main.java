// A word count in Kafka Streams and what is needed to judge it, one command per process.
import java.util.List;

public final class Main {
  public static void main(String[] arguments) throws Exception {
    List<String> rest = List.of(arguments).subList(1, arguments.length);
    switch (arguments[0]) {
      case "count" -> WordCount.run(rest.get(0), rest.get(1), rest.get(2), rest.get(3), rest.get(4));
      case "topics" -> Topics.create(rest.get(0), Integer.parseInt(rest.get(1)), rest.subList(2, rest.size()));
      case "feed" -> Feed.run(rest.get(0), rest.get(1), Integer.parseInt(rest.get(2)), Integer.parseInt(rest.get(3)));
      case "append" -> Feed.append(rest.get(0), rest.get(1), rest.get(2), rest.get(3));
      case "read" -> Reader.print(rest.get(0), rest.get(1), Long.parseLong(rest.get(2)), Long.parseLong(rest.get(3)));
      case "transactions" -> Transactions.print(rest.get(0), rest.get(1));
      default -> throw new IllegalArgumentException(arguments[0]);
    }
    System.exit(0);
  }
}
