// What a trust sets about notes, in config/programme.yaml.
import { z } from 'zod';

export const noteSettings = z.strictObject({
  dutyRoute: z
    .string()
    .min(1)
    .max(300)
    .default('Use the duty line of the person’s clinical team; where life is in danger ring 999.')
    .describe('What every receipt says to do with an urgent concern: notes are no emergency channel'),
});
export type NoteSettings = z.output<typeof noteSettings>;
