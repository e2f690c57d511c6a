// What a message file says of who is who, as a zod schema: what its event does (HL7 v2.5.1 §3.5.2: merge, move, change
// of identifier), and where the other number stands. No other file names an identity event that is used.
import { z } from 'zod';

const priorPlace = z.string().regex(/^MRG-[1-9]\d*$/, 'a place of the other number is written as MRG-1');
const visitPlace = z.string().regex(/^PV1-[1-9]\d*$/, 'a place of the visit number is written as PV1-19');
const cited = { guide: z.string().optional(), own: z.string().optional() };
/** Whether both PID-3 and the prior number must be one person already. */
const people = z.enum(['same', 'may-differ']);

const event = z.discriminatedUnion('does', [
  /** The person of `from` is absorbed by that of PID-3, or has got its number. */
  z.strictObject({ does: z.enum(['merge', 'change-number']), from: priorPlace, ...cited }),
  /** The registration of `from` belongs to the person of PID-3 from now on. */
  z.strictObject({ does: z.literal('move-registration'), from: priorPlace, ...cited }),
  /** The visit of `visit` goes on as that of `to`. */
  z.strictObject({
    does: z.literal('move-visit'),
    from: priorPlace,
    visit: priorPlace,
    to: visitPlace,
    people,
    ...cited,
  }),
  /** Numbers that are not held here: only whether both people are one is looked at. */
  z.strictObject({ does: z.literal('move-account'), from: priorPlace, people, ...cited }),
  /** The two persons of the message are linked, or no longer. */
  z.strictObject({ does: z.enum(['link', 'unlink']), ...cited }),
  /** The source has deleted the person or a visit of theirs. */
  z.strictObject({ does: z.literal('mark'), ...cited }),
]);

/** Schema of `identity:` in a message file. */
export const identitySchema = event.refine(
  (given) => given.guide !== undefined || given.own !== undefined,
  'needs guide (its row) or own (why)',
);

export type IdentityRule = z.output<typeof identitySchema>;
