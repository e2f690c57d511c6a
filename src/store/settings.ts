// What a trust sets about the database: nothing (the embedded PostgreSQL, in a folder), or the address of its own.
import { z } from 'zod';
import { secretSchema } from '../secret.ts';

export const storeSettings = z.union([
  z.strictObject({
    embedded: z.strictObject({
      folder: z
        .string()
        .min(1)
        .describe(
          'Folder of the embedded PostgreSQL; on a local disk, one machine, kept private to this user',
        ),
    }),
  }),
  z.strictObject({
    url: secretSchema.describe('Where the address postgresql://user:password@host/database is kept'),
  }),
]);
