// What the interop tests ask of HAPI: one command each, questions as JSON lines on standard input, answers as JSON lines
// on standard output. Messages travel as base64, so that both sides read the same bytes.
package interop;

public final class Main {
  private Main() {}

  public static void main(String[] arguments) throws Exception {
    Lines.keepOutput();
    switch (arguments[0]) {
      case "fields" -> Fields.run();
      case "structures" -> Structures.run();
      case "send" -> Sending.run(Integer.parseInt(arguments[1]));
      case "receive" -> Receiving.run(arguments[1]);
      case "profiles" -> Profiles.run(arguments[1]);
      default -> throw new IllegalArgumentException("no such command");
    }
    System.exit(0);
  }
}
