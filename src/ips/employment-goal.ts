// Whether a person's care plans hold an employment goal: find, start, keep, return to or change paid work or
// self-employment. What counts is data (mappings/employment-goal.yaml). Free text is cited by the kind of document and
// its date, never quoted. Pure.
import type { CarePlan, Goal } from '@medplum/fhirtypes';
import type { MappingTree } from '../mapping/tree.ts';
import { currentRows } from '../record/person.ts';
import type { PersonRecord, RecordedResource } from '../record/person.ts';
import { addMonths, earliestInstant, localDate } from '../time.ts';
import { parseYaml } from '../yaml.ts';
import type { Evidence } from './decision.ts';
import { goalFileSchema } from './goal-file.ts';
import { compileGoalWords, readGoalText } from './goal-words.ts';
import type { GoalWords, TextVerdict } from './goal-words.ts';
import type { Silence } from './silence.ts';

/** `mappings/employment-goal.yaml`, read and checked. */
export interface GoalDefinition {
  readonly file: string;
  /** Local codes of the plan types that are looked at, and of those that never are. */
  readonly planTypes: { readonly counts: ReadonlySet<string>; readonly never: ReadonlySet<string> };
  /** Local goal codes that mean employment. */
  readonly codes: ReadonlySet<string>;
  readonly words: GoalWords;
}

export interface GoalVerdict {
  /**
   * `unclear`: words that may mean it, with too little certainty. `content-not-available`: no plan in scope is known in
   * full, so that nothing can be said.
   */
  readonly verdict: 'goal' | 'no-goal' | 'unclear' | 'content-not-available';
  /** In words, without values. */
  readonly why: string;
  /** What it rests on. For `content-not-available`: what says that no plan in scope stands; empty where nobody knows. */
  readonly evidence: readonly Evidence[];
}

/** @throws BridgeError config/… with every fault of the file */
export function readGoalDefinition(tree: MappingTree): GoalDefinition | undefined {
  const found = tree.get('employment-goal.yaml');
  if (found === undefined) return undefined;
  const content = parseYaml(found.file, found.text, goalFileSchema);
  return {
    file: found.file,
    planTypes: { counts: new Set(content.planTypes.counts), never: new Set(content.planTypes.never) },
    codes: new Set(content.codes),
    words: compileGoalWords(content),
  };
}

interface Context {
  readonly at: Date;
  readonly zone: string;
  readonly silence: Silence;
  readonly definition: GoalDefinition | undefined;
}

/** What one plan or goal says. */
interface Said {
  readonly verdict: TextVerdict;
  readonly evidence: Evidence;
}

/** The verdict over all plans in scope, and all goals, that stand at `at`. */
export function employmentGoal(record: PersonRecord, context: Context): GoalVerdict {
  const { at, definition } = context;
  if (definition === undefined) return notAvailable('mappings/employment-goal.yaml is missing');
  const plans = currentRows(record, 'CarePlan', at);
  const standing = plans.filter((row) => stands(row.resource, context));
  const counting = standing.filter(({ resource }) => scopeOf(resource, definition) === 'counts');
  // A plan that has not begun may hold a goal already; that it says nothing yet means nothing.
  const inScope = counting.filter(({ resource }) => hasBegun(resource, context));
  const said = [
    ...counting
      .map((row) => ({ row, verdict: readAll(planTexts(row.resource), definition) }))
      .filter(({ row, verdict }) => verdict !== 'no-goal' || inScope.includes(row))
      .map(({ row, verdict }) => saidBy(row, verdict)),
    ...standing.flatMap((row) => saidByUnnamed(row, definition)),
    ...currentRows(record, 'Goal', at).flatMap((row) => saidByGoal(row, context, definition)),
  ];
  const of = (verdict: TextVerdict): Evidence[] =>
    said.filter((one) => one.verdict === verdict).map(({ evidence }) => evidence);
  const [goals, unclear] = [of('goal'), of('unclear')];
  if (goals.length > 0) return { verdict: 'goal', why: 'an employment goal is recorded', evidence: goals };
  if (unclear.length > 0) {
    return { verdict: 'unclear', why: 'work is spoken of; a person has to read how', evidence: unclear };
  }
  const silence = context.silence('carePlans', 'no care plan that counts is recorded');
  if (silence.state === 'not-known') return notAvailable(silence.why);
  if (inScope.length === 0) {
    const why = 'no care plan that counts stands';
    return notAvailable(why, [...plans.map(overEvidence), ...silence.evidence]);
  }
  return { verdict: 'no-goal', why: 'no care plan or goal speaks of work', evidence: of('no-goal') };
}

function notAvailable(why: string, evidence: readonly Evidence[] = []): GoalVerdict {
  return { verdict: 'content-not-available', why, evidence };
}

/** Active or on hold, and not past its end, whatever the status still says. */
function stands(plan: CarePlan, { at, zone }: Context): boolean {
  const end = plan.period?.end;
  const ended = end !== undefined && earliestInstant(end, zone) <= at.getTime();
  return (plan.status === 'active' || plan.status === 'on-hold') && !ended;
}

function hasBegun({ period }: CarePlan, { at, zone }: Context): boolean {
  return period?.start === undefined || earliestInstant(period.start, zone) <= at.getTime();
}

/** Agreed or pursued. */
const standingGoal: ReadonlySet<string> = new Set(['proposed', 'planned', 'accepted', 'active', 'on-hold']);
/** Achieved, given up or refused; not deleted. */
const overGoal: ReadonlySet<string> = new Set(['completed', 'cancelled', 'rejected']);
/** Nobody is asked again within a year (domain.md section 1). */
const answeredForMonths = 12;

/**
 * A goal that stands is read. One of work that ended is no goal, and for a year after we learned of it no silence either:
 * whoever has reached, refused or given up a goal has been asked.
 */
function saidByGoal(row: RecordedResource<Goal>, { at, zone }: Context, definition: GoalDefinition): Said[] {
  const { lifecycleStatus } = row.resource;
  if (standingGoal.has(lifecycleStatus)) return [saidBy(row, readGoal(row.resource, definition))];
  const yearAgo = earliestInstant(addMonths(localDate(at, zone), -answeredForMonths), zone);
  if (!overGoal.has(lifecycleStatus) || row.at.getTime() < yearAgo) return [];
  return readGoal(row.resource, definition) === 'no-goal' ? [] : [saidBy(row, 'unclear')];
}

function scopeOf(plan: CarePlan, { planTypes }: GoalDefinition): 'counts' | 'never' | 'unnamed' {
  const types = (plan.category ?? []).flatMap(
    ({ coding }) => coding?.flatMap(({ code }) => code ?? []) ?? [],
  );
  if (types.some((type) => planTypes.counts.has(type))) return 'counts';
  return types.some((type) => planTypes.never.has(type)) ? 'never' : 'unnamed';
}

/** A plan of a type that the file does not name says neither yes nor no; where it speaks of work, somebody must look. */
function saidByUnnamed(row: RecordedResource<CarePlan>, definition: GoalDefinition): Said[] {
  if (scopeOf(row.resource, definition) !== 'unnamed') return [];
  return readAll(planTexts(row.resource), definition) === 'no-goal' ? [] : [saidBy(row, 'unclear')];
}

function planTexts({ description, note }: CarePlan): string[] {
  return [description, ...(note ?? []).map(({ text }) => text)].flatMap((text) => text ?? []);
}

/** By its code, else by its words. A goal without words (a code that nobody has explained) is unclear. */
function readGoal({ description, note }: Goal, definition: GoalDefinition): TextVerdict {
  const codings = description.coding ?? [];
  if (codings.some(({ code }) => code !== undefined && definition.codes.has(code))) return 'goal';
  const named = [description.text, ...codings.map(({ display }) => display)].flatMap((text) => text ?? []);
  const texts = [...new Set(named), ...(note ?? []).map(({ text }) => text)];
  return texts.length === 0 ? 'unclear' : readAll(texts, definition);
}

/** Texts of one document: a goal in one and a doubt in another is a doubt, as within one text. */
function readAll(texts: readonly string[], { words }: GoalDefinition): TextVerdict {
  return readGoalText(texts.join('\n\n'), words);
}

const documents = { CarePlan: 'care plan', Goal: 'goal' } as const;
const findings: Readonly<Record<TextVerdict, string>> = {
  goal: 'holds an employment goal',
  unclear: 'speaks of work without saying plainly that it is a goal',
  'no-goal': 'does not speak of work',
};

function saidBy(row: RecordedResource<CarePlan | Goal>, verdict: TextVerdict): Said {
  const { resource } = row;
  const dated = resource.resourceType === 'Goal' ? resource.startDate : resource.period?.start;
  return {
    verdict,
    evidence: evidenceOf(row, `${documents[resource.resourceType]} that ${findings[verdict]}`, dated),
  };
}

function overEvidence(row: RecordedResource<CarePlan>): Evidence {
  return evidenceOf(row, 'care plan that has ended or is of another kind', row.resource.period?.end);
}

/** Dated as the source says, else when this version was received. */
function evidenceOf(row: RecordedResource, says: string, dated: string | undefined): Evidence {
  const { source, sourceId, resource } = row;
  const date = dated ?? row.at.toISOString();
  return { fact: 'employmentGoal', says, date, source, resource: `${resource.resourceType}/${sourceId}` };
}
