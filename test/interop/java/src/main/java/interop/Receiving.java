// HAPI's MLLP server: tells its port, answers every message with the code that it was started with, and tells each
// message that it read. Ends when standard input does.
package interop;

import ca.uhn.hl7v2.AcknowledgmentCode;
import ca.uhn.hl7v2.ErrorCode;
import ca.uhn.hl7v2.HL7Exception;
import ca.uhn.hl7v2.HapiContext;
import ca.uhn.hl7v2.app.HL7Service;
import ca.uhn.hl7v2.model.Message;
import ca.uhn.hl7v2.protocol.ReceivingApplication;
import ca.uhn.hl7v2.util.Terser;
import java.io.IOException;
import java.net.ServerSocket;
import java.util.LinkedHashMap;
import java.util.Map;

final class Receiving {
  private Receiving() {}

  /** @param answer `AA`, or a code and a condition of table 0357: `AE:207` */
  static void run(String answer) throws Exception {
    String[] parts = answer.split(":");
    AcknowledgmentCode code = AcknowledgmentCode.valueOf(parts[0]);
    int port;
    try (ServerSocket probe = new ServerSocket(0)) {
      port = probe.getLocalPort();
    }
    try (HapiContext context = Contexts.strict()) {
      HL7Service server = context.newServer(port, false);
      server.registerApplication(new Answering(code, parts.length > 1 ? Integer.parseInt(parts[1]) : 0));
      server.startAndWait();
      Lines.print(Map.of("port", port));
      while (System.in.read() != -1) continue;
      server.stopAndWait();
    }
  }

  private record Answering(AcknowledgmentCode code, int condition) implements ReceivingApplication<Message> {
    @Override
    public Message processMessage(Message message, Map<String, Object> metadata) throws HL7Exception {
      Terser terser = new Terser(message);
      Map<String, String> told = new LinkedHashMap<>();
      told.put("received", terser.get("/MSH-10"));
      told.put("structure", message.getName() + " " + message.getVersion());
      Lines.print(told);
      try {
        return condition == 0
            ? message.generateACK(code, null)
            : message.generateACK(code, new HL7Exception("refused", ErrorCode.errorCodeFor(condition)));
      } catch (IOException exception) {
        throw new HL7Exception(exception);
      }
    }

    @Override
    public boolean canProcess(Message message) {
      return true;
    }
  }
}
