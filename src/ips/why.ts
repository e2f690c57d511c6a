// Why something was decided, and why not: for the commands `why` and `why-not`, as data and as plain lines.
import type { Decision } from './decision.ts';
import type { ConditionResult, Evaluation } from './rules.ts';
import { dayInWords, effectNames, reasonText } from './words.ts';

/** A decision in plain lines: what, when, by which rule, on what evidence and from which feed. */
export function explainDecision(decision: Decision, zone: string): string[] {
  const verb = decision.action === 'make' ? 'Made' : decision.completed === true ? 'Completed' : 'Withdrawn';
  return [
    effectNames[decision.effect],
    `  ${verb} on ${dayInWords(decision.decidedAt, zone)} by rule ${decision.rule} (${decision.title}), team ${decision.team.name}`,
    ...(decision.because === undefined ? [] : [`  because ${decision.because}`]),
    ...decision.reasons.flatMap((reason) => [
      `  - ${reasonText(reason, zone)}`,
      ...reason.evidence.map(({ source, resource }) => `      from ${source}: ${resource}`),
    ]),
  ];
}

export type WhyNot =
  /** There are no rules to ask. */
  | { readonly outcome: 'no-rules' }
  /** A rule holds: what it asks for is made, or waits. */
  | { readonly outcome: 'holds'; readonly evaluation: Evaluation }
  | {
      readonly outcome: 'nearest';
      readonly evaluation: Evaluation;
      readonly held: number;
      /** The first condition that failed, or, where none did, that could not be told. */
      readonly stopped: ConditionResult;
    };

/** The rule that came nearest: the one that holds, else the one with most conditions held; of equals the first. */
export function whyNot(evaluations: readonly Evaluation[]): WhyNot {
  const holding = evaluations.find(({ answer }) => answer === 'true');
  if (holding !== undefined) return { outcome: 'holds', evaluation: holding };
  const held = ({ conditions }: Evaluation): number =>
    conditions.filter(({ answer }) => answer === 'true').length;
  const [nearest] = evaluations.toSorted((one, other) => held(other) - held(one));
  const stopped =
    nearest?.conditions.find(({ answer }) => answer === 'false') ??
    nearest?.conditions.find(({ answer }) => answer === 'cannot-tell');
  if (nearest === undefined || stopped === undefined) return { outcome: 'no-rules' };
  return { outcome: 'nearest', evaluation: nearest, held: held(nearest), stopped };
}

/** The same in plain lines. */
export function whyNotLines(answer: WhyNot, zone: string): string[] {
  switch (answer.outcome) {
    case 'no-rules':
      return ['No rule is loaded: `check` says which facts no feed supplies.'];
    case 'holds':
      return [
        answer.evaluation.deferred === undefined
          ? `Rule ${answer.evaluation.rule} holds (${answer.evaluation.title}).`
          : `Rule ${answer.evaluation.rule} holds, and waits: the person ${answer.evaluation.deferred}.`,
      ];
    case 'nearest': {
      const { evaluation, held, stopped } = answer;
      const total = evaluation.conditions.length;
      return [
        `Nearest rule: ${evaluation.rule} (${evaluation.title}), ${held} of ${total} conditions hold.`,
        `It stops at: ${reasonText(stopped, zone)}: ${stopped.answer === 'false' ? 'this is not so' : 'this cannot be told'}.`,
        ...stopped.unknown.map(({ fact, why }) => `  ${fact} is not known: ${why}`),
      ];
    }
  }
}
