// JSON lines in and out, and messages as HAPI wants them: text whose segments end with CR.
package interop;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

final class Lines {
  private static final Gson gson = new GsonBuilder().disableHtmlEscaping().create();
  private static final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  private Lines() {}

  /** The libraries print as well: only answers may stand on standard output. */
  static void keepOutput() {
    System.setOut(System.err);
  }

  static List<JsonObject> read() throws IOException {
    List<JsonObject> found = new ArrayList<>();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      found.add(gson.fromJson(line, JsonObject.class));
    }
    return found;
  }

  static void print(Object answer) {
    out.println(gson.toJson(answer));
  }

  /** HAPI reads CR only, and knows no byte-order mark. */
  static String messageOf(JsonObject question) {
    String text = decode(Base64.getDecoder().decode(question.get("bytes").getAsString()));
    String plain = text.startsWith("\uFEFF") ? text.substring(1) : text;
    return plain.replace("\r\n", "\r").replace('\n', '\r');
  }

  private static String decode(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException exception) {
      return new String(bytes, Charset.forName("windows-1252"));
    }
  }
}
