// Reading a goal's free text by word lists: does it speak of paid work as a goal? Lists are of words and phrases only,
// no patterns (R33), so the time is linear in the text. The one error that harms is "nothing there": it prompts
// somebody. So whatever speaks of work without being a plain goal is unclear, also a "no": that is somebody's answer.
import type { GoalWordLists } from './goal-file.ts';

/** `unclear`: it speaks of work, but a person has to read how. `no-goal`: it does not speak of work at all. */
export type TextVerdict = 'goal' | 'unclear' | 'no-goal';

type Kind =
  'goal' | 'alone' | 'action' | 'work' | 'mention' | 'exclude' | 'negation' | 'uncertain' | 'contrast';

interface Phrase {
  readonly words: readonly string[];
  readonly kind: Kind;
  /** Of what is excluded: it begins with a word for work ("work with"). */
  readonly beginsWithWork: boolean;
}

/** The lists, ready for use. */
export interface GoalWords {
  /** By first word, the longest phrase first. */
  readonly phrases: ReadonlyMap<string, readonly Phrase[]>;
  /** How many words may stand between an action and the work. */
  readonly within: number;
}

/** A phrase where it was found, counted in words. */
interface Found {
  readonly phrase: Phrase;
  readonly start: number;
  readonly end: number;
}

/** More than any care plan says of goals; nobody would read a word list's word on a longer text. */
const longestText = 50_000;

/** Makes the lists of a file ready for use. */
export function compileGoalWords(lists: GoalWordLists): GoalWords {
  const work = new Set(lists.include.work);
  const of = (kind: Kind, texts: readonly string[]): Phrase[] =>
    texts.map((text) => {
      const words = wordsOf(text);
      return { words, kind, beginsWithWork: kind === 'exclude' && work.has(words[0] ?? '') };
    });
  const all = [
    ...of('goal', lists.include.phrases),
    ...of('alone', lists.include.alone),
    ...of('action', lists.include.actions),
    ...of('work', lists.include.work),
    ...of('mention', lists.mentions),
    ...of('exclude', lists.exclude),
    ...of('negation', lists.negations),
    ...of('uncertain', lists.uncertain),
    ...of('contrast', lists.contrasts),
  ].toSorted((one, other) => other.words.length - one.words.length);
  return { phrases: Map.groupBy(all, ({ words }) => words[0] ?? ''), within: lists.include.within };
}

/** The words of a text as they are compared: without case, width or punctuation; a hyphen parts two words. */
export function wordsOf(text: string): string[] {
  const plain = text
    .normalize('NFKC')
    .replaceAll(/[\u2019\u02bc`\u00b4]/g, "'")
    .toLowerCase();
  return plain.match(/[\p{L}\p{M}\p{N}]+(?:'[\p{L}\p{M}\p{N}]+)*/gu) ?? [];
}

/** What a text says. A negation anywhere outweighs a goal beside it: which of them stands, a person has to read. */
export function readGoalText(text: string, lists: GoalWords): TextVerdict {
  if (text.length > longestText) return 'unclear';
  const verdicts = sentencesOf(text).flatMap((sentence) => {
    const words = wordsOf(sentence);
    return clausesOf(words, lists).map((clause) => readClause(clause, lists, words.length));
  });
  if (verdicts.includes('negated')) return 'unclear';
  if (verdicts.includes('goal')) return 'goal';
  return verdicts.includes('unclear') ? 'unclear' : 'no-goal';
}

/** Sentences, and items of a list. A line goes on in the next one that begins with a small letter: it was only wrapped. */
function sentencesOf(text: string): string[] {
  const items: string[] = [];
  for (const line of text.normalize('NFKC').split(/[\r\n]/)) {
    const trimmed = line.trim();
    const goesOn = items.length > 0 && /^[\p{Ll}"'(]/u.test(trimmed);
    if (goesOn) items.push(`${items.pop() ?? ''} ${trimmed}`);
    else items.push(trimmed);
  }
  return items.flatMap((item) => item.split(/[.!?;\u2022](?=\s|$)|\u2022/));
}

/** The phrases found, the longest at each place, each word once; parted where a contrast stands (but, however). */
function clausesOf(words: readonly string[], { phrases }: GoalWords): Found[][] {
  const clauses: Found[][] = [[]];
  for (let start = 0; start < words.length;) {
    const phrase = phrases
      .get(words[start] ?? '')
      ?.find((candidate) => candidate.words.every((word, index) => word === words[start + index]));
    const end = start + (phrase?.words.length ?? 1);
    if (phrase?.kind === 'contrast') clauses.push([]);
    else if (phrase !== undefined) clauses.at(-1)?.push({ phrase, start, end });
    start = end;
  }
  return clauses;
}

function readClause(
  clause: readonly Found[],
  { within }: GoalWords,
  sentenceWords: number,
): TextVerdict | 'negated' {
  const has = (kind: Kind): boolean => clause.some(({ phrase }) => phrase.kind === kind);
  const actions = clause.filter(({ phrase }) => phrase.kind === 'action');
  const follows = (work: Found): boolean =>
    actions.some(({ end }) => end <= work.start && work.start - end <= within);
  const isGoal = clause.some((found) => {
    const { phrase, start, end } = found;
    if (phrase.kind === 'goal') return true;
    if (phrase.kind === 'alone' && end - start === sentenceWords) return true;
    return (phrase.kind === 'alone' || phrase.kind === 'work') && follows(found);
  });
  // "Wants to work with animals" and "wants to work with her psychologist" look alike here.
  const ambiguous = clause.some(
    ({ phrase, start }) => phrase.beginsWithWork && actions.some(({ end }) => end === start),
  );
  const speaksOfWork = has('work') || has('alone') || has('mention');
  if (!isGoal && !ambiguous && !speaksOfWork) return 'no-goal';
  if (has('negation')) return 'negated';
  return isGoal && !has('uncertain') ? 'goal' : 'unclear';
}
