// What a feed's file says of how its messages are meant (`mapping:` in config/feeds/<id>.yaml): standard HL7v2 unless it
// says otherwise. Senders differ in both, and neither can be seen in a message.
import { z } from 'zod';

export const mappingSettings = z.strictObject({
  emptyMeans: z
    .enum(['absent', 'delete'])
    .default('absent')
    .describe(
      'An empty field that was sent: absent keeps what the record holds (HL7v2); delete takes it away, as "" does, but not in a PID that only names somebody (merges, moves, all that is no ADT)',
    ),
  lists: z
    .enum(['whole', 'add'])
    .default('whole')
    .describe(
      'Segments that are a list (ZTM, ZCP): whole ends what a later list leaves out; add never ends anything by silence',
    ),
});

export type MappingSettings = z.output<typeof mappingSettings>;
