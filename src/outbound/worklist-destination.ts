// A folder of worklists as a destination: one CSV file for each team, rewritten whole from what the outbox says is open,
// so that a file that was edited, lost or overtaken is right again with the next item. Read back before it counts as
// delivered.
import type { Answer, DeliveryJob, Delivery, Destination, Prepared } from '../pipeline/destination.ts';
import type { WorklistDestinationSettings } from './settings.ts';
import { readWorklist, worklistName, writeWorklist } from './worklist-folder.ts';
import { itemFor, itemOf, shows, worklistText } from './worklist-table.ts';
import type { WorklistItem } from './worklist-table.ts';

export interface WorklistDestinationParts {
  /** IANA zone for the days in texts. */
  readonly zone: string;
  /** The frozen bytes of every item that stands, or is to stand now, on the list of a team. */
  readonly openItems: (team: string) => Promise<readonly Buffer[]>;
  /** The team on whose list the item of a key was put. */
  readonly listedUnder: (key: string) => Promise<string | undefined>;
}

/** How often a file is written anew because others have changed what is open in the meantime. */
const maxRewrites = 5;

/** @param settings with `folder` as an absolute path */
export function createWorklistDestination(
  settings: WorklistDestinationSettings,
  parts: WorklistDestinationParts,
): Destination {
  const { folder } = settings;
  return {
    id: settings.id,
    asks: (effect) => effect !== 'file-note',
    prepare: (job) => prepare(job, parts),
    send: (_job, bytes) => send(folder, itemOf(bytes), parts),
    ask: (_job, bytes) => ask(folder, itemOf(bytes)),
  };
}

async function prepare(job: DeliveryJob, parts: WorklistDestinationParts): Promise<Prepared> {
  const { decision, standing, frozen } = job;
  if (decision.action === 'withdraw') {
    const team = await parts.listedUnder(decision.key);
    if (team === undefined) return { outcome: 'nothing-to-do', message: 'it was never put on a list' };
    return ready({ ...itemFor(job, parts.zone), team, row: null });
  }
  if (standing.restricted === true) {
    return { outcome: 'nothing-to-do', message: 'the record is restricted: the person is on no list' };
  }
  if (standing.restricted === undefined) {
    const message = 'it is not known whether the record is restricted: the person is put on no list';
    return { outcome: 'refused', kind: 'identity/marking-not-known', message };
  }
  if (standing.deceased) {
    return { outcome: 'nothing-to-do', message: 'a death is recorded: nothing is asked' };
  }
  const item = itemFor(job, parts.zone);
  if (frozen === undefined) return ready(item);
  // A merge since then has given the person other numbers; whatever else has changed stays as it was decided.
  if (itemOf(frozen).row?.[1] !== item.row?.[1]) return { outcome: 'readdressed' };
  return { outcome: 'ready', bytes: frozen };
}

function ready(item: WorklistItem): Prepared {
  return { outcome: 'ready', bytes: Buffer.from(JSON.stringify(item)) };
}

/**
 * Writes the list and then looks whether it is still what is open: whoever comes back from a freeze and overwrites a
 * newer file with an older one finds out here and mends it.
 */
async function send(
  folder: string,
  item: WorklistItem,
  { openItems }: WorklistDestinationParts,
): Promise<Delivery> {
  const name = worklistName(item.team);
  const current = async (): Promise<string> => worklistText((await openItems(item.team)).map(itemOf));
  let text = await current();
  for (let turn = 1; turn <= maxRewrites; turn += 1) {
    const written = await writeWorklist(folder, name, text);
    if (written.outcome === 'not-ours') return { outcome: 'permanent', ...notOurs };
    if (written.outcome === 'failed') {
      const outcome = written.inPlace || turn > 1 ? 'ambiguous' : 'transient';
      return { outcome, kind: 'delivery/worklist', message: written.message, pausesDestination: true };
    }
    const now = await current();
    if (now === text) break;
    text = now;
  }
  const answer = await ask(folder, item);
  switch (answer.outcome) {
    case 'landed':
      return { outcome: 'delivered', references: answer.references, confirmed: true };
    case 'not-landed': {
      const message = 'the file does not show the item: something else has overwritten it';
      return { outcome: 'transient', kind: 'delivery/worklist', message, pausesDestination: false };
    }
    case 'unclear':
      return { ...answer, outcome: 'permanent' };
    case 'transient':
      return { ...answer, outcome: 'ambiguous' };
  }
}

/** Whether the file shows the item as it should be. */
async function ask(folder: string, item: WorklistItem): Promise<Answer> {
  const name = worklistName(item.team);
  const content = await readWorklist(folder, name);
  switch (content.outcome) {
    case 'text':
      return shows(content.text, item)
        ? { outcome: 'landed', references: [`${name}#${item.item}`] }
        : { outcome: 'not-landed' };
    case 'absent':
      return item.row === null
        ? { outcome: 'landed', references: [`${name}#${item.item}`] }
        : { outcome: 'not-landed' };
    case 'not-ours':
      return { outcome: 'unclear', ...notOurs };
    case 'failed': {
      const message = `the file cannot be read (${content.code})`;
      return { outcome: 'transient', kind: 'delivery/worklist', message, pausesDestination: true };
    }
  }
}

const notOurs = {
  kind: 'delivery/worklist-not-a-file',
  message: 'in the place of the list there is a link, a pipe or something else that is no plain file',
} as const;
