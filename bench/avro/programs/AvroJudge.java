// What Avro's Java library says of schemas, pairs of schemas and bytes. A case is a line of JSON on standard input, its answer a
// line on standard output:
//   { reader, writer, references, isStored, bytes }  ->  { reader, writer, forth, back, values }
// Schemas are parsed as Confluent's registry does it: `isStored` without checks of defaults and namespaces.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.avro.NameValidator;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.Incompatibility;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.SchemaParseException;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericEnumSymbol;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

public class AvroJudge {
  static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] args) throws Exception {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = in.readLine()) != null; ) out.println(answer(JSON.readTree(line)));
    out.flush();
  }

  static ObjectNode answer(JsonNode question) {
    ObjectNode answer = JSON.createObjectNode();
    Parsed reader = new Parsed(question, "reader");
    Parsed writer = new Parsed(question, "writer");
    answer.set("reader", reader.answer);
    answer.set("writer", writer.answer);
    if (reader.schema == null || writer.schema == null) return answer;
    answer.set("forth", faults(reader.schema, writer.schema));
    answer.set("back", faults(writer.schema, reader.schema));
    ArrayNode values = answer.putArray("values");
    for (JsonNode hex : question.get("bytes")) values.add(value(reader.schema, writer.schema, hex.textValue()));
    return answer;
  }

  /** A schema, or why it is none. */
  static class Parsed {
    final ObjectNode answer = JSON.createObjectNode();
    Schema schema;

    Parsed(JsonNode question, String name) {
      boolean isStored = question.get("isStored").booleanValue();
      try {
        Schema.Parser parser = new Schema.Parser(isStored ? NameValidator.NO_VALIDATION : NameValidator.STRICT_VALIDATOR);
        parser.setValidateDefaults(!isStored);
        List<Schema> references = new ArrayList<>();
        for (JsonNode text : question.get("references")) references.add(parser.parse(text.textValue()));
        Schema parsed = parser.parse(question.get(name).textValue());
        if (isStored) checkNames(parsed, Collections.newSetFromMap(new IdentityHashMap<>()));
        describe(parsed, references);
        schema = parsed;
      } catch (Exception | StackOverflowError error) {
        answer.put("error", String.valueOf(error));
      }
    }

    @SuppressWarnings("deprecation")
    private void describe(Schema parsed, List<Schema> references) throws Exception {
      answer.put("canonical", parsed.toString(references, false));
      answer.put("resolved", parsed.toString());
      answer.put("parsingForm", SchemaNormalization.toParsingForm(parsed));
      for (String kind : new String[] {"CRC-64-AVRO", "MD5", "SHA-256"}) {
        answer.put(kind, hexOf(SchemaNormalization.parsingFingerprint(kind, parsed)));
      }
    }
  }

  /** Of a stored schema only names of types, fields and symbols are checked, by the rule for all languages. */
  static void checkNames(Schema schema, Set<Schema> seen) {
    if (!seen.add(schema)) return;
    switch (schema.getType()) {
      case RECORD -> {
        checkName(schema.getName());
        for (Schema.Field field : schema.getFields()) {
          checkName(field.name());
          checkNames(field.schema(), seen);
        }
      }
      case ENUM -> {
        checkName(schema.getName());
        schema.getEnumSymbols().forEach(AvroJudge::checkName);
      }
      case FIXED -> checkName(schema.getName());
      case ARRAY -> checkNames(schema.getElementType(), seen);
      case MAP -> checkNames(schema.getValueType(), seen);
      case UNION -> schema.getTypes().forEach(branch -> checkNames(branch, seen));
      default -> { }
    }
  }

  static void checkName(String name) {
    NameValidator.Result result = NameValidator.UTF_VALIDATOR.validate(name);
    if (!result.isOK()) throw new SchemaParseException(result.getErrors());
  }

  static JsonNode faults(Schema reader, Schema writer) {
    try {
      ArrayNode faults = JSON.createArrayNode();
      var result = SchemaCompatibility.checkReaderWriterCompatibility(reader, writer).getResult();
      for (Incompatibility fault : result.getIncompatibilities()) {
        faults.addObject().put("type", fault.getType().name()).put("path", fault.getLocation()).put("message", fault.getMessage());
      }
      return faults;
    } catch (Exception | StackOverflowError error) {
      return JSON.createObjectNode().put("error", String.valueOf(error));
    }
  }

  static ObjectNode value(Schema reader, Schema writer, String hex) {
    ObjectNode answer = JSON.createObjectNode();
    try {
      Object value = read(writer, writer, hex);
      answer.put("written", dump(value, new StringBuilder()).toString());
      answer.put("again", encode(writer, value));
    } catch (Exception | StackOverflowError error) {
      return answer.put("error", String.valueOf(error));
    }
    try {
      answer.put("read", dump(read(writer, reader, hex), new StringBuilder()).toString());
    } catch (Exception | StackOverflowError error) {
      answer.put("unread", String.valueOf(error));
    }
    return answer;
  }

  static Object read(Schema writer, Schema reader, String hex) throws Exception {
    BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(HexFormat.of().parseHex(hex), null);
    Object value = new GenericDatumReader<Object>(writer, reader) {
      @Override
      protected Object newMap(Object old, int size) {
        return new LinkedHashMap<>(); // in the order of the bytes
      }
    }.read(null, decoder);
    if (!decoder.isEnd()) throw new IllegalStateException("bytes are left");
    return value;
  }

  static String encode(Schema schema, Object value) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
    new GenericDatumWriter<Object>(schema).write(value, encoder);
    encoder.flush();
    return hexOf(out.toByteArray());
  }

  /** A value as a text in which no two values look alike. */
  static StringBuilder dump(Object value, StringBuilder to) {
    if (value instanceof IndexedRecord record) {
      to.append('(');
      for (Schema.Field field : record.getSchema().getFields()) {
        dump(record.get(field.pos()), to.append(field.name()).append('=')).append(';');
      }
      return to.append(')');
    }
    if (value instanceof Map<?, ?> map) {
      to.append('{');
      map.forEach((key, item) -> dump(item, to.append(textHex(key)).append('=')).append(';'));
      return to.append('}');
    }
    if (value instanceof Collection<?> items) {
      to.append('[');
      for (Object item : items) dump(item, to).append(';');
      return to.append(']');
    }
    if (value instanceof GenericEnumSymbol<?>) return to.append('e').append(value);
    if (value instanceof GenericFixed fixed) return to.append('x').append(hexOf(fixed.bytes()));
    if (value instanceof ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.duplicate().get(bytes);
      return to.append('x').append(hexOf(bytes));
    }
    if (value instanceof CharSequence) return to.append('s').append(textHex(value));
    if (value instanceof Float number) return to.append('F').append(Integer.toHexString(Float.floatToIntBits(number)));
    if (value instanceof Double number) return to.append('D').append(Long.toHexString(Double.doubleToLongBits(number)));
    return to.append(value);
  }

  static String textHex(Object text) {
    return hexOf(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  static String hexOf(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
