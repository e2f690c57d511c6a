// config/destinations/<id>.yaml of a FHIR destination. The bearer token is named, never written.
import { z } from 'zod';
import { secretSchema } from '../secret.ts';

export const fhirDestinationSettings = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]*$/, 'small letters, digits and hyphens'),
  kind: z.literal('fhir'),
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .refine((url) => !/[?#@]/.test(url), 'no user, query or fragment')
    .describe(
      'Base URL of the FHIR R4 server. No other address is ever contacted, redirects and links included',
    ),
  token: secretSchema.optional().describe('Bearer token; read again when the server answers 401'),
  timeoutSeconds: z.int().min(1).max(10).default(10).describe('For one request, its whole reply included'),
  replyLimitMiB: z.int().min(1).max(50).default(5).describe('Larger replies are not read'),
  live: z
    .union([z.enum(['none', 'all']), z.array(z.string().min(1)).min(1)])
    .default('none')
    .describe('none: decides and shows, sends nothing; a list of team ids: sends for these teams; all'),
});
export type FhirDestinationSettings = z.output<typeof fhirDestinationSettings>;
