// What Kafka answers when a request fails as a whole, for testing/kit/faults/error-answer.test.ts. Reads lines of API key, version
// and the request's body in hex; prints each with the body of the answer, as AbstractRequest.getErrorResponse makes it for
// UNKNOWN_SERVER_ERROR, and leaves out requests that Kafka cannot read. From the repository's root, with Kafka's jars in JARS:
//
//   npx vitest run testing/kit/faults/example-requests   prints nothing; with MILLRACE_EXAMPLES=FILE it writes the requests there
//   java -cp "JARS/*" broker/compat/vectors/ErrorAnswers.java < FILE | gzip -9n > testing/kit/faults/testdata/error-answers.txt.gz

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.apache.kafka.common.errors.UnknownServerException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;

public class ErrorAnswers {
    public static void main(String[] args) throws Exception {
        HexFormat hex = HexFormat.of();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            ApiKeys api = ApiKeys.forId(Integer.parseInt(words[0]));
            short version = Short.parseShort(words[1]);
            ByteBuffer body = ByteBuffer.wrap(words.length < 3 ? new byte[0] : hex.parseHex(words[2]));
            try {
                AbstractRequest request =
                    AbstractRequest.parseRequest(api, version, new ByteBufferAccessor(body)).request;
                AbstractResponse answer = request.getErrorResponse(0, new UnknownServerException());
                ByteBuffer bytes = MessageUtil.toByteBufferAccessor(answer.data(), version).buffer();
                byte[] out = new byte[bytes.remaining()];
                bytes.get(out);
                System.out.println(line + " " + hex.formatHex(out));
            } catch (Exception e) {
                System.err.println(api + " v" + version + ": " + e);
            }
        }
    }
}
