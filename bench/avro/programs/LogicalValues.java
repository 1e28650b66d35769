// Values of logical types as bytes, by Java's own types and Avro's conversions. On standard input lines of `schema<TAB>text`, on
// standard output `schema<TAB>text<TAB>hex<TAB>text of what Java reads back`.

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.HexFormat;
import java.util.UUID;
import org.apache.avro.Conversions;
import org.apache.avro.Schema;
import org.apache.avro.data.TimeConversions;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.util.TimePeriod;

public class LogicalValues {
  static final GenericData DATA = new GenericData();

  static {
    DATA.addLogicalTypeConversion(new Conversions.DecimalConversion());
    DATA.addLogicalTypeConversion(new Conversions.BigDecimalConversion());
    DATA.addLogicalTypeConversion(new Conversions.UUIDConversion());
    DATA.addLogicalTypeConversion(new Conversions.DurationConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.DateConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.TimeMillisConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.TimeMicrosConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.TimestampMillisConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.TimestampMicrosConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.TimestampNanosConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.LocalTimestampMillisConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.LocalTimestampMicrosConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.LocalTimestampNanosConversion());
  }

  public static void main(String[] args) throws Exception {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = in.readLine()) != null; ) {
      String[] parts = line.split("\t");
      Schema schema = new Schema.Parser().parse(parts[0]);
      byte[] bytes = encode(schema, valueOf(schema.getLogicalType().getName(), parts[1]));
      Object back = new GenericDatumReader<>(schema, schema, DATA).read(null, DecoderFactory.get().binaryDecoder(bytes, null));
      out.println(line + "\t" + HexFormat.of().formatHex(bytes) + "\t" + back);
    }
    out.flush();
  }

  static Object valueOf(String type, String text) {
    return switch (type) {
      case "decimal", "big-decimal" -> new BigDecimal(text);
      case "uuid" -> UUID.fromString(text);
      case "date" -> LocalDate.parse(text);
      case "time-millis", "time-micros" -> LocalTime.parse(text);
      case "timestamp-millis", "timestamp-micros", "timestamp-nanos" -> Instant.parse(text);
      case "duration" -> {
        String[] counts = text.split(" ");
        yield TimePeriod.of(Long.parseLong(counts[0]), Long.parseLong(counts[1]), Long.parseLong(counts[2]));
      }
      default -> LocalDateTime.parse(text);
    };
  }

  static byte[] encode(Schema schema, Object value) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
    new GenericDatumWriter<Object>(schema, DATA).write(value, encoder);
    encoder.flush();
    return out.toByteArray();
  }
}
