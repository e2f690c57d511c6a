// How HAPI is set up to read: structures by the version and event that the message states, later ones where it states
// none that exists, and no rule that would refuse a message which is only odd.
package interop;

import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.HapiContext;
import ca.uhn.hl7v2.llp.MinLowerLayerProtocol;
import ca.uhn.hl7v2.validation.ValidationContext;
import ca.uhn.hl7v2.validation.impl.ValidationContextFactory;
import java.nio.charset.StandardCharsets;

final class Contexts {
  private Contexts() {}

  static HapiContext lenient() {
    return with(ValidationContextFactory.noValidation());
  }

  /** Also the formats of the primitive types, as the version states them. */
  static HapiContext strict() {
    return with(ValidationContextFactory.defaultValidation());
  }

  private static HapiContext with(ValidationContext validation) {
    DefaultHapiContext context = new DefaultHapiContext(validation);
    context.getParserConfiguration().setAllowUnknownVersions(true);
    context.getParserConfiguration().setDefaultObx2Type("ST");
    context.getParserConfiguration().setInvalidObx2Type("ST");
    // As our feeds do where MSH-18 is empty; HAPI's own default is ASCII.
    MinLowerLayerProtocol protocol = new MinLowerLayerProtocol();
    protocol.setCharset(StandardCharsets.UTF_8);
    context.setLowerLayerProtocol(protocol);
    return context;
  }
}
