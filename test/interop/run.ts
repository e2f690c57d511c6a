// `npm run test:interop`: what programs that nobody here wrote make of ours. HAPI's HL7v2 and FHIR libraries read what we
// read, check what we write, and talk to us over sockets. `explained.yaml` lists the differences that are right. Ends with
// "N passed, N failed"; without Maven or its repository it says so and ends with 0, as nothing was found wrong.
import { checkFields } from './fields.ts';
import { judge } from './explained.ts';
import type { Check, Found } from './explained.ts';
import { build } from './java.ts';
import { checkListener } from './listener.ts';
import { checkProfiles } from './profiles.ts';
import { checkSender } from './sender.ts';
import { checkStructures } from './structures.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const shown = 20;

function sayCounts(counts: ReadonlyMap<string, number>): void {
  for (const [what, count] of counts) say(`  ${String(count).padStart(6)}  ${what}`);
}

function sayWrong(lines: readonly string[]): void {
  for (const line of lines.slice(0, shown)) say(`  WRONG   ${line}`);
  if (lines.length > shown) say(`  and ${lines.length - shown} more`);
}

/** Whether everything that was found is explained, and every explanation still needed. */
function isExplained(check: Check, found: readonly Found[]): boolean {
  const { unexplained, explained, idle } = judge(check, found);
  for (const { why, times } of explained) say(`  ${String(times).padStart(6)}  explained: ${why}`);
  sayWrong(unexplained.map(({ of, what }) => `${of}: ${what}`));
  for (const source of idle) say(`  IDLE    explained.yaml explains nothing with: ${source}`);
  return unexplained.length === 0 && idle.length === 0;
}

interface Step {
  readonly title: string;
  readonly run: () => Promise<boolean>;
}

const steps: readonly Step[] = [
  {
    title: 'HAPI reads the same values of every message as we do',
    run: async () => {
      const { messages, values, found } = await checkFields();
      say(`  ${String(values).padStart(6)}  values of ${messages} messages`);
      return values > 10_000 && isExplained('fields', found);
    },
  },
  {
    title: 'every message that we write has the structure of its version',
    run: async () => {
      const { counts, found } = await checkStructures();
      sayCounts(counts);
      return isExplained('structures', found);
    },
  },
  {
    title: 'HAPI sends to our listener and gets the acknowledgement that it asked for',
    run: async () => {
      const { counts, wrong } = await checkListener();
      sayCounts(counts);
      sayWrong(wrong);
      return wrong.length === 0;
    },
  },
  {
    title: 'our sender delivers to HAPI and does what its answer means',
    run: async () => {
      const { counts, wrong } = await checkSender();
      sayCounts(counts);
      sayWrong(wrong);
      return wrong.length === 0;
    },
  },
  {
    title: 'HAPI finds every resource that we make valid, in R4 and in UK Core',
    run: async () => {
      const { counts, found } = await checkProfiles();
      sayCounts(counts);
      return isExplained('profiles', found);
    },
  },
];

const built = build();
if (built.outcome === 'absent') {
  say(`SKIPPED: ${built.why}. Nothing was checked.`);
} else {
  let passed = 0;
  for (const { title, run } of steps) {
    say(`\n${title}`);
    const started = performance.now();
    const isRight = await run();
    say(`  ${isRight ? 'passed' : 'FAILED'} in ${Math.round((performance.now() - started) / 1_000)} s`);
    if (isRight) passed += 1;
  }
  say(`\n${passed} passed, ${steps.length - passed} failed`);
  process.exitCode = passed === steps.length ? 0 : 1;
}
