// Whether a message is what the standard says of its structure, by HAPI's model of the version that it states: segments
// and fields that must be there, that may not be there, that repeat too often, components and lengths that no type has.
package interop;

import ca.uhn.hl7v2.HL7Exception;
import ca.uhn.hl7v2.HapiContext;
import ca.uhn.hl7v2.model.AbstractGroup;
import ca.uhn.hl7v2.model.Composite;
import ca.uhn.hl7v2.model.GenericMessage;
import ca.uhn.hl7v2.model.Group;
import ca.uhn.hl7v2.model.Message;
import ca.uhn.hl7v2.model.Segment;
import ca.uhn.hl7v2.model.Structure;
import ca.uhn.hl7v2.model.Type;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

final class Structures {
  private Structures() {}

  interface Visit {
    void segment(Segment segment) throws HL7Exception;
  }

  static void run() throws Exception {
    try (HapiContext context = Contexts.strict()) {
      for (JsonObject question : Lines.read()) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("name", question.get("name").getAsString());
        List<String> problems = new ArrayList<>();
        try {
          Message message = context.getPipeParser().parse(Lines.messageOf(question));
          answer.put("structure", message.getName() + " " + message.getVersion());
          if (message instanceof GenericMessage) problems.add(message.getName() + " no such structure");
          else checkGroup(message, message.getName(), problems);
        } catch (HL7Exception exception) {
          problems.add("unreadable: " + exception.getMessage());
        }
        answer.put("problems", problems);
        Lines.print(answer);
      }
    }
  }

  /** Every segment that is there, in the order in which the message has it. */
  static void segmentsOf(Group group, Visit visit) throws HL7Exception {
    for (String name : group.getNames()) {
      for (Structure structure : group.getAll(name)) {
        if (structure instanceof Segment segment) {
          if (!segment.isEmpty()) visit.segment(segment);
        } else if (structure instanceof Group inner) {
          segmentsOf(inner, visit);
        }
      }
    }
  }

  private static void checkGroup(Group group, String path, List<String> problems) throws HL7Exception {
    Set<String> own = ((AbstractGroup) group).getNonStandardNames();
    for (String name : group.getNames()) {
      Structure[] all = group.getAll(name);
      boolean isThere = all.length > 0 && !all[0].isEmpty();
      if (own.contains(name)) problems.add(path + "/" + name + " is not in the structure");
      else if (group.isRequired(name) && !isThere && !group.isChoiceElement(name)) {
        problems.add(path + "/" + name + " is missing");
      }
      if (!isThere) continue;
      if (all.length > 1 && !own.contains(name) && !group.isRepeating(name)) {
        problems.add(path + "/" + name + " may not repeat");
      }
      for (Structure structure : all) {
        if (structure instanceof Segment segment) checkSegment(segment, problems);
        else checkGroup((Group) structure, path + "/" + name, problems);
      }
    }
  }

  private static void checkSegment(Segment segment, List<String> problems) throws HL7Exception {
    for (int field = 1; field <= segment.numFields(); field++) {
      String place = segment.getName() + "-" + field;
      Type[] repetitions = segment.getField(field);
      boolean isThere = repetitions.length > 0 && !repetitions[0].isEmpty();
      if (field > segment.getNames().length) {
        if (isThere) problems.add(place + " is no field of the segment");
        continue;
      }
      if (segment.isRequired(field) && !isThere) problems.add(place + " is missing");
      int most = segment.getMaxCardinality(field);
      if (most > 0 && repetitions.length > most) problems.add(place + " may not repeat");
      // MSH-1 and MSH-2 are the separators themselves, which `encode` would escape.
      boolean isSeparators = place.equals("MSH-1") || place.equals("MSH-2");
      int longest = isSeparators ? 0 : segment.getLength(field);
      for (Type type : repetitions) {
        if (longest > 0 && type.encode().length() > longest) {
          problems.add(place + " is longer than " + longest);
        }
        checkType(type, place, problems);
      }
    }
  }

  private static void checkType(Type type, String place, List<String> problems) throws HL7Exception {
    for (int extra = 0; extra < type.getExtraComponents().numComponents(); extra++) {
      if (!type.getExtraComponents().getComponent(extra).isEmpty()) {
        problems.add(place + " has more parts than " + type.getName() + " has");
      }
    }
    if (!(type instanceof Composite composite)) return;
    Type[] parts = composite.getComponents();
    for (int part = 0; part < parts.length; part++) checkType(parts[part], place + "." + (part + 1), problems);
  }
}
