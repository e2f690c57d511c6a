// How a configuration file names a secret: by environment variable or by file, never by value. Only config.ts reads
// them; everything else receives a function, so that a secret is never part of a printed or logged object.
import { z } from 'zod';

export const secretSchema = z
  .union([
    z.strictObject({
      env: z.string().min(1).describe('Name of the environment variable that holds the secret'),
    }),
    z.strictObject({
      file: z.string().min(1).describe('File that holds the secret; relative to the configuration folder'),
    }),
  ])
  .describe('A secret is never written here: name where it is, as { env: NAME } or { file: path }');

export type SecretReference = z.infer<typeof secretSchema>;

/** Reads the secret anew at each call, so that a rotated file is seen. */
export type Secret = () => string;

/** Where a secret is, for messages: never its value. */
export function describeSecret(reference: SecretReference): string {
  return 'env' in reference ? `environment variable ${reference.env}` : `file ${reference.file}`;
}
