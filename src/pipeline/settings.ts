// Settings of the pipeline.
import { z } from 'zod';

export const intakeSettings = z.strictObject({
  maxWaiting: z
    .int()
    .min(1)
    .default(1_000_000)
    .describe('While this many messages wait to be processed, no more are taken'),
});
