// The flag "No employment goal or conversation recorded" as a FHIR R4 Flag: administrative, so that it stands in no safety
// banner (FHIR R4 flag-category `admin`), and as data for the weekly digest. It says that something is not recorded, of
// the record and not of the person; it never presses.
import type { Bundle, Flag, Patient, Reference } from '@medplum/fhirtypes';
import { systems } from '../fhir/systems.ts';
import { conditionalCreate, transaction } from '../fhir/transaction.ts';
import { localDate } from '../time.ts';
import type { Decision, Owner } from './decision.ts';
import { effectNames } from './words.ts';

export interface FlagReferences {
  readonly patient: Reference<Patient>;
  /** The URN of a key: `urnOf`. */
  readonly identifierOf: (key: string) => string;
}

/** A transaction of one conditional create on the URN of the decision's key. */
export function renderFlag(decision: Decision, refs: FlagReferences): Bundle {
  const urn = refs.identifierOf(decision.key);
  const flag: Flag = {
    resourceType: 'Flag',
    identifier: [{ system: systems.uri, value: urn }],
    status: 'active',
    category: [{ coding: [{ system: systems.flagCategory, code: 'admin' }] }],
    code: { text: effectNames['flag-no-goal'] },
    subject: refs.patient,
    period: { start: decision.decidedAt },
  };
  return transaction([conditionalCreate(flag, urn, refs.identifierOf(`${decision.key}/flag`))]);
}

/** The flag as it is to stand once it is cleared; undefined where it is over already. */
export function clearedFlag(current: Flag, decision: Decision): Flag | undefined {
  if (current.status !== 'active') return undefined;
  return { ...current, status: 'inactive', period: { ...current.period, end: decision.decidedAt } };
}

/**
 * The list that a flag's Task belongs to: `2026-W10/C1234`, the ISO 8601 week in which it was decided (days as in
 * `zone`) and the identifier of its owner.
 */
export function digestOf(decision: Decision, owner: Owner, zone: string): string {
  return `${isoWeek(localDate(new Date(decision.decidedAt), zone))}/${owner.value}`;
}

const dayMs = 86_400_000;

/** ISO 8601 week of a date: weeks begin on Monday, and the first of a year is the one with its first Thursday. */
function isoWeek(date: string): string {
  const day = Date.parse(date);
  const weekday = (new Date(day).getUTCDay() + 6) % 7;
  const thursday = day + (3 - weekday) * dayMs;
  const year = new Date(thursday).getUTCFullYear();
  const week = Math.floor((thursday - Date.UTC(year, 0, 1)) / (7 * dayMs)) + 1;
  return `${year}-W${String(week).padStart(2, '0')}`;
}
