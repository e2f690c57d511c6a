// HAPI's MLLP client: sends each message to a port on this machine and tells what came back. `expects` none: no answer
// was asked for, so only a moment is waited.
package interop;

import ca.uhn.hl7v2.HapiContext;
import ca.uhn.hl7v2.app.Connection;
import ca.uhn.hl7v2.llp.LLPException;
import ca.uhn.hl7v2.HL7Exception;
import ca.uhn.hl7v2.model.Message;
import ca.uhn.hl7v2.util.Terser;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

final class Sending {
  private static final int waitSeconds = 20;

  private Sending() {}

  static void run(int port) throws Exception {
    try (HapiContext context = Contexts.lenient()) {
      Connection connection = context.newClient("127.0.0.1", port, false);
      for (JsonObject question : Lines.read()) {
        boolean expectsNone = question.get("expects").getAsString().equals("none");
        connection.getInitiator().setTimeout(expectsNone ? 1 : waitSeconds, TimeUnit.SECONDS);
        Lines.print(answerTo(context, connection, question));
      }
      connection.close();
    }
  }

  private static Map<String, String> answerTo(HapiContext context, Connection connection, JsonObject question)
      throws IOException, LLPException {
    Map<String, String> answer = new LinkedHashMap<>();
    answer.put("name", question.get("name").getAsString());
    try {
      Message message = context.getPipeParser().parse(Lines.messageOf(question));
      answer.put("sent", message.encode());
      Message reply = connection.getInitiator().sendAndReceive(message);
      Terser terser = new Terser(reply);
      answer.put("code", terser.get("/MSA-1"));
      answer.put("controlId", terser.get("/MSA-2"));
    } catch (HL7Exception exception) {
      boolean isSilence = exception.getMessage().contains("Timeout waiting");
      answer.put("code", isSilence ? "none" : "error: " + exception.getMessage());
    }
    return answer;
  }
}
