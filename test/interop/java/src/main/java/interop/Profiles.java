// HAPI's FHIR instance validator over base R4 and the UK Core profiles of a folder, whose snapshots it makes itself.
// There is no terminology server: what can only be checked with one comes back as a warning, and is shown.
package interop;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.SingleValidationMessage;
import ca.uhn.fhir.validation.ValidationOptions;
import com.google.gson.JsonObject;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.hl7.fhir.common.hapi.validation.support.CachingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.r4.model.ElementDefinition;
import org.hl7.fhir.r4.model.StructureDefinition;

final class Profiles {
  private static final Pattern elsewhere =
      Pattern.compile("^http://hl7[.]org/fhir/[56][.]0/|^https://fhir[.]hl7[.]org[.]uk/");

  private Profiles() {}

  static void run(String folder) throws Exception {
    FhirContext context = FhirContext.forR4();
    FhirInstanceValidator module = new FhirInstanceValidator(new CachingValidationSupport(new ValidationSupportChain(
        new DefaultProfileValidationSupport(context),
        profilesOf(context, folder),
        new InMemoryTerminologyServerValidationSupport(context),
        new CommonCodeSystemsTerminologyService(context),
        new SnapshotGeneratingValidationSupport(context))));
    module.setAnyExtensionsAllowed(true);
    module.setErrorForUnknownProfiles(true);
    FhirValidator validator = context.newValidator().registerValidatorModule(module);
    for (JsonObject question : Lines.read()) {
      ValidationOptions options = new ValidationOptions();
      if (question.has("profile")) options.addProfile(question.get("profile").getAsString());
      List<Map<String, String>> issues = new ArrayList<>();
      for (SingleValidationMessage issue :
          validator.validateWithResult(question.get("resource").toString(), options).getMessages()) {
        Map<String, String> told = new LinkedHashMap<>();
        told.put("severity", issue.getSeverity().getCode());
        told.put("where", issue.getLocationString());
        told.put("id", issue.getMessageId());
        told.put("message", issue.getMessage());
        issues.add(told);
      }
      Lines.print(Map.of("name", question.get("name").getAsString(), "issues", issues));
    }
  }

  private static PrePopulatedValidationSupport profilesOf(FhirContext context, String folder) throws IOException {
    File[] files = new File(folder).listFiles((parent, name) -> name.endsWith(".xml"));
    Arrays.sort(files);
    List<StructureDefinition> found = new ArrayList<>();
    for (File file : files) {
      String text = Files.readString(file.toPath(), StandardCharsets.UTF_8);
      found.add(context.newXmlParser().parseResource(StructureDefinition.class, text));
    }
    Set<String> known = found.stream().map(StructureDefinition::getUrl).collect(Collectors.toSet());
    PrePopulatedValidationSupport profiles = new PrePopulatedValidationSupport(context);
    for (StructureDefinition profile : found) {
      leaveOutUnknown(profile, known);
      profiles.addStructureDefinition(profile);
    }
    return profiles;
  }

  /** Slices for extensions whose definition is not at hand (later FHIR, UK Core's others): they would stop the rest. */
  private static void leaveOutUnknown(StructureDefinition profile, Set<String> known) {
    List<ElementDefinition> elements = profile.getDifferential().getElement();
    List<String> unknown = elements.stream()
        .filter(element -> element.getType().stream().anyMatch(type -> type.getProfile().stream()
            .anyMatch(url -> !known.contains(url.getValue()) && elsewhere.matcher(url.getValue()).find())))
        .map(ElementDefinition::getId)
        .toList();
    for (String id : unknown) System.err.println("  not at hand for " + profile.getName() + ": " + id);
    elements.removeIf(element -> unknown.stream().anyMatch(id -> element.getId().startsWith(id)));
  }
}
