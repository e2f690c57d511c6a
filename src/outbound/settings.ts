// config/destinations/<id>.yaml: a FHIR server, an HL7v2 receiver, or a folder of worklists. Secrets are named, never
// written.
import { z } from 'zod';
import { effectKinds, ownKinds } from '../ips/decision.ts';
import type { EffectKind } from '../ips/decision.ts';
import { secretSchema } from '../secret.ts';

/** Who reads what arrives there. There is no employer, Jobcentre or DWP among them, and there will be none. */
const audiences = ['care-team', 'ips-provider'] as const;

const common = <K extends EffectKind>(kinds: readonly [K, ...K[]]) => ({
  id: z.string().regex(/^[a-z][a-z0-9-]*$/, 'small letters, digits and hyphens'),
  live: z
    .union([
      z.enum(['none', 'all'], { error: 'none, all, or a list of team ids: [CMHT-N, EIP]' }),
      z.array(z.string().min(1)).min(1),
    ])
    .default('none')
    .describe('none: decides and shows, sends nothing; a list of team ids: sends for these teams; all'),
  carries: z
    .array(z.enum(kinds))
    .min(1)
    .default([...kinds])
    .describe('Which effects go there'),
  audience: z
    .enum(audiences, {
      error:
        'care-team or ips-provider. Nothing ever goes to an employer, a Jobcentre or the DWP: IPS is never tied to benefits, and the person decides who learns of it',
    })
    .default('care-team')
    .describe(
      'Who reads what arrives there. ips-provider gets nothing about anybody who has not agreed, unless the provider is part of the care team',
    ),
});

export const fhirDestinationSettings = z.strictObject({
  ...common(effectKinds),
  kind: z.literal('fhir'),
  flagAs: z
    .enum(['flag', 'digest-task'])
    .default('digest-task')
    .describe(
      'How "no employment goal or conversation recorded" shows: as an administrative Flag on the person, or as a Task of a weekly digest for the care co-ordinator',
    ),
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .refine((url) => !/[?#@]/.test(url), 'no user, query or fragment')
    .describe(
      'Base URL of the FHIR R4 server. No other address is ever contacted, redirects and links included',
    ),
  token: secretSchema.optional().describe('Bearer token; read again when the server answers 401'),
  timeoutSeconds: z.int().min(1).max(10).default(10).describe('For one request, its whole reply included'),
  replyLimitMiB: z.int().min(1).max(50).default(5).describe('Larger replies are not read'),
});
export type FhirDestinationSettings = z.output<typeof fhirDestinationSettings>;

const hdText = z.string().min(1).max(180);
/** Events of documents with their text, and T11, by which a receiver may learn of a note (HL7 v2.5.1 §9.5). */
const noteEvents = ['T02', 'T08', 'T10', 'T11'] as const;

export const mllpDestinationSettings = z.strictObject({
  ...common(['file-note']),
  kind: z.literal('mllp'),
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
  sender: z
    .strictObject({ application: hdText, facility: hdText })
    .describe('MSH-3 and MSH-4 of what we send'),
  receiver: z.strictObject({ application: hdText, facility: hdText }).describe('MSH-5 and MSH-6'),
  processingId: z.enum(['P', 'T', 'D']).default('P').describe('MSH-11'),
  version: z.enum(['2.4', '2.5.1']).default('2.4').describe('MSH-12'),
  timeoutSeconds: z.int().min(1).max(120).default(30).describe('Longest wait for one acknowledgement'),
  acknowledgement: z
    .enum(['queued', 'filed'])
    .default('queued')
    .describe(
      'What a positive acknowledgement means: the engine has it (queued), or it stands in the record (filed)',
    ),
  understands: z
    .array(z.enum(noteEvents))
    .default(['T02', 'T10'])
    .refine((events) => events.includes('T02'), 'must name T02: without it no note can be written')
    .refine(
      (events) => events.includes('T10') || events.includes('T08'),
      'must name T10 or T08: without one of them nothing that was written can be corrected',
    )
    .describe(
      'MDM events that the receiver files. T10: a correction is another document in place of the first; T08 without T10: the same document, edited; T11: a note entered in error is cancelled, where else its text is replaced by these words',
    ),
  receiverRemovesDuplicates: z
    .boolean()
    .default(false)
    .describe(
      'Whether the receiver drops a second message with the same MSH-10. If not, one whose answer was lost is held, never sent again',
    ),
});
export type MllpDestinationSettings = z.output<typeof mllpDestinationSettings>;

export const worklistDestinationSettings = z.strictObject({
  ...common(ownKinds),
  kind: z.literal('worklist'),
  folder: z
    .string()
    .min(1)
    .describe('Folder of the worklists, one CSV file for each team, relative to this configuration'),
});
export type WorklistDestinationSettings = z.output<typeof worklistDestinationSettings>;

export const destinationSettings = z.discriminatedUnion('kind', [
  fhirDestinationSettings,
  mllpDestinationSettings,
  worklistDestinationSettings,
]);
export type DestinationSettings = z.output<typeof destinationSettings>;
