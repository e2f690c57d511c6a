// Every primitive of a message as HAPI's Terser reads it: `PID[1]-3[2].4.1` and its value.
package interop;

import ca.uhn.hl7v2.HL7Exception;
import ca.uhn.hl7v2.HapiContext;
import ca.uhn.hl7v2.model.Message;
import ca.uhn.hl7v2.model.Segment;
import ca.uhn.hl7v2.model.Type;
import ca.uhn.hl7v2.util.Terser;
import com.google.gson.JsonObject;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

final class Fields {
  private Fields() {}

  static void run() throws Exception {
    try (HapiContext context = Contexts.lenient()) {
      for (JsonObject question : Lines.read()) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("name", question.get("name").getAsString());
        try {
          answer.put("values", valuesOf(context.getPipeParser().parse(Lines.messageOf(question))));
        } catch (HL7Exception exception) {
          answer.put("error", exception.getMessage());
        }
        Lines.print(answer);
      }
    }
  }

  private static Map<String, String> valuesOf(Message message) throws HL7Exception {
    Map<String, String> values = new LinkedHashMap<>();
    Map<String, Integer> seen = new HashMap<>();
    Structures.segmentsOf(message, (Segment segment) -> {
      // HAPI calls CON `CON_`, which may not be the name of a file everywhere.
      String name = segment.getName().substring(0, 3);
      int occurrence = seen.merge(name, 1, Integer::sum);
      for (int field = 1; field <= segment.numFields(); field++) {
        Type[] repetitions = segment.getField(field);
        for (int repetition = 0; repetition < repetitions.length; repetition++) {
          String place = name + "[" + occurrence + "]-" + field + "[" + (repetition + 1) + "]";
          primitives(segment, field, repetition, repetitions[repetition], place, values);
        }
      }
    });
    return values;
  }

  private static void primitives(
      Segment segment, int field, int repetition, Type type, String place, Map<String, String> values)
      throws HL7Exception {
    for (int component = 1; component <= Terser.numComponents(type); component++) {
      for (int part = 1; part <= Terser.numSubComponents(type, component); part++) {
        String value = Terser.get(segment, field, repetition, component, part);
        if (value != null && !value.isEmpty()) values.put(place + "." + component + "." + part, value);
      }
    }
  }
}
