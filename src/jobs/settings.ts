// config/jobs.yaml: which jobs run, and when.
import { z } from 'zod';

export const jobsSettings = z.strictObject({});
export type JobsSettings = z.output<typeof jobsSettings>;
