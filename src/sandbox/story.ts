// What will become of each invented person, decided before anything is sent: who takes up a proposal, whom a specialist
// sees, what is recorded after a flag. The acts follow it, and whoever checks the sandbox's numbers counts over it.
import { goalText } from './care-plans.ts';
import type { LocalAnswer } from './people.ts';
import type { Random } from './random.ts';

export interface Story {
  /**
   * What follows a proposal. `accepts`: the care co-ordinator takes up the task and the referral to IPS follows;
   * `referred`: the referral appears without anybody touching the task; `declines`: the person says no.
   */
  readonly toProposal: 'accepts' | 'referred' | 'declines' | 'waits';
  /** The EPR sends the same about them once more, for no reason that we would know: snapshots repeat. */
  readonly toldAgain: boolean;
  /** Seen by a specialist, where they are with IPS. */
  readonly seen: boolean;
  /** Whether an employer was spoken to about them afterwards, and whether the employer was told who they are. */
  readonly employer: 'not' | 'named' | 'not-named';
  /** What becomes of the note about the first contact. */
  readonly note: 'stands' | 'amended' | 'entered-in-error' | 'sent-twice';
  /** What is recorded once a flag stands: an employment goal, or an answer to the work question. */
  readonly toFlag:
    | { readonly records: 'goal'; readonly text: string }
    | { readonly records: 'answer'; readonly answer: LocalAnswer }
    | { readonly records: 'nothing' };
}

/** The story of one person. Every draw is made for everybody, so that stories do not depend on each other. */
export function syntheticStory(random: Random): Story {
  const toProposal = random.weighted({ accepts: 40, referred: 10, declines: 15, waits: 35 });
  const seen = random.chance(0.8);
  const employer = random.weighted({ not: 60, named: 28, 'not-named': 12 });
  const note = random.weighted({ stands: 66, amended: 12, 'entered-in-error': 8, 'sent-twice': 14 });
  const records = random.weighted({ goal: 20, answer: 20, nothing: 60 });
  const answer = random.weighted({ PAID: 35, KEEP: 5, UNSURE: 20, VOL: 15, NO: 25 });
  const text = goalText('employment', random);
  const toFlag: Story['toFlag'] =
    records === 'goal' ? { records, text } : records === 'answer' ? { records, answer } : { records };
  const toldAgain = random.chance(0.15);
  return { toProposal, toldAgain, seen, employer, note, toFlag };
}
