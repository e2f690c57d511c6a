// What a rule decided about one person, as data: which effect, why, on what evidence. A decision is stored in the
// outbox and rendered only when it is delivered. It never edits an earlier one: a change is the next revision.

/** One piece of what a fact rests on. Goes to the EPR and the audit, never to a log. */
export interface Evidence {
  readonly fact: string;
  /** In words a clinician understands: "recorded as unemployed and seeking work". */
  readonly says: string;
  /** FHIR date or dateTime of the record, as precise as it is known. */
  readonly date?: string;
  /** The feed it came by. */
  readonly source: string;
  /** `Observation/<sourceId>` in our record. */
  readonly resource: string;
}

export interface Reason {
  /** The rule's own words: "has said they want a paid job, or help to keep or change one". */
  readonly say: string;
  readonly evidence: readonly Evidence[];
}

/** What a rule may decide: something to ask the person. */
export const promptKinds = ['propose-referral', 'ask-wish'] as const;
export type PromptKind = (typeof promptKinds)[number];

/** What is about the person's record, asked or shown to whoever cares for them; at most one of each is open. */
export const ownKinds = [...promptKinds, 'flag-no-goal'] as const;
export type OwnKind = (typeof ownKinds)[number];

/** Everything that can leave through the outbox. */
export const effectKinds = [...ownKinds, 'file-note'] as const;
export type EffectKind = (typeof effectKinds)[number];

/** One version of a progress note; versions count from 1. */
export interface NoteVersion {
  readonly id: string;
  readonly version: number;
}

export interface DecisionTeam {
  /** Local team id, as in codes/teams.csv. */
  readonly id: string;
  readonly name: string;
  /** MHSDS service or team type (A06, A14 …). */
  readonly type: string;
}

export interface Decision {
  readonly action: 'make' | 'withdraw';
  readonly effect: EffectKind;
  readonly rule: string;
  readonly title: string;
  /**
   * `<rule>/<once>/<id>`: the same key is made once; its withdrawal is its next revision. What is made again after a
   * withdrawal gets a key of its own, `<rule>/<once>/<id>/2` and so on: a revoked request is not brought back to life.
   */
  readonly key: string;
  /** The covered team through which the person comes. */
  readonly team: DecisionTeam;
  readonly reasons: readonly Reason[];
  /** For a withdrawal: the condition that no longer holds, in the rule's words. */
  readonly because?: string;
  /** A withdrawal because it came true (the person is with IPS now): completed rather than revoked, never made again. */
  readonly completed?: true;
  /** Of `file-note`: which version is filed; of its withdrawal: the last one that was written. */
  readonly note?: NoteVersion;
  /** How often it has been rendered anew because the resource had changed at the destination in between. */
  readonly rereads?: number;
  /** ISO instant: the receipt time of the message, or the due time of the job. */
  readonly decidedAt: string;
  /** Hash of the rule and mapping set that decided. */
  readonly ruleSet: string;
}

/** Who is asked: the first of care co-ordinator, team champion, team duty queue that is there. */
export interface Owner {
  readonly kind: 'care-coordinator' | 'champion' | 'duty-queue';
  /** Identifier by which the EPR knows the practitioner or the team. */
  readonly system: string;
  readonly value: string;
  readonly display?: string;
}
