// What whoever starts or looks at the service should know at once: readiness, and what would surprise them later.
import { resolve } from 'node:path';
import type { Readiness } from '../api/health.ts';
import { missingSecrets } from '../config.ts';
import type { Config } from '../config.ts';
import type { MllpListener } from '../inbound/mllp.ts';
import { notesFeed } from '../ips/notes/identity.ts';
import type { Log } from '../log.ts';
import type { WorklistDestinationSettings } from '../outbound/settings.ts';
import { writingFault } from '../outbound/worklist-folder.ts';
import { emptyClaims } from '../pipeline/claims.ts';
import { strandedRows, unknownTeams } from '../pipeline/concerns.ts';
import type { Interpretation } from '../pipeline/interpretation.ts';
import type { Receiver } from '../pipeline/receive.ts';
import type { Store } from '../store/database.ts';
import { pausedParts } from '../store/paused.ts';
import type { Part } from '../store/paused.ts';

export function readinessOf(
  receiver: Receiver,
  config: Config,
  listeners: ReadonlyMap<string, MllpListener>,
): Readiness[] {
  const intake = receiver.ready();
  const reasons = {
    'storage-failed': 'the database does not take messages: none is acknowledged',
    'too-many-waiting': 'too many messages wait to be processed: none is acknowledged',
    'disk-nearly-full': 'too little free disk for the embedded database: no message is acknowledged',
    stopping: 'the service is stopping',
  } as const;
  return [
    { part: 'intake', ready: intake.ok, ...(intake.ok ? {} : { message: reasons[intake.reason] }) },
    ...config.feeds.map(({ feed }) => ({ part: `feed ${feed}`, ready: listeners.has(feed) })),
  ];
}

/** What a person who starts the service should see at once. */
export function announce({ mappings, notServed, rules }: Interpretation, config: Config, log: Log): void {
  log.info('programme', { message: programmeLine(config) });
  if (notServed.length > 0) log.warn('teams-not-served', { teams: notServed.join(', '), message: 'IPS does not serve these team types here' }); // prettier-ignore
  for (const { where, message } of mappings.missing) log.warn('mappings-incomplete', { where, message });
  for (const { feed, message } of emptyClaims(mappings, config.feeds))
    log.warn('fact-not-mapped', { feed, message });
  for (const { rule, message } of rules.notLoaded) log.warn('rule-not-loaded', { rule, message });
  for (const { where, message } of missingSecrets(config)) log.warn('secret-missing', { where, message });
  for (const { id: destination, live } of config.destinations) {
    if (live === 'none')
      log.warn('destination-not-live', { destination, message: 'decides and shows, sends nothing' });
    const teams = unknownTeams(live, mappings.teams).join(', ');
    if (teams !== '') log.warn('live-team-unknown', { destination, teams, message: 'not in codes/teams.csv: nothing is sent for it' }); // prettier-ignore
  }
}

export async function announceStranded(store: Store, config: Config, log: Log): Promise<void> {
  for (const { kind, id, rows, message } of await strandedOf(store, config))
    log.warn('rows-stranded', { [kind]: id, rows, message });
}

/** What waits because an operator has paused it: easily forgotten. */
export async function announcePaused(store: Store, log: Log): Promise<void> {
  for (const { what, id, at } of await pausedParts(store))
    log.warn('paused', { [what]: id, message: pausedSince(what, at) });
}

/** Folders of worklists that cannot be written to; their items wait. */
export async function announceFolders(config: Config, log: Log): Promise<void> {
  for (const settings of config.destinations) {
    if (settings.kind !== 'worklist') continue;
    const message = await writingFault(worklistFolder(config, settings));
    if (message !== undefined) log.warn('worklist-folder', { destination: settings.id, message });
  }
}

/** The folder of a worklist destination, as an absolute path. */
export function worklistFolder(config: Config, { folder }: WorklistDestinationSettings): string {
  return resolve(config.folder, folder);
}

/** What a pause means for whoever looks at the service; the reason stands in `ips-bridge paused`. */
export function pausedSince(what: Part['what'], at: Date): string {
  const since = `paused by an operator since ${at.toISOString()}`;
  return what === 'feed'
    ? `${since}: its messages are taken and acknowledged, none is processed`
    : `${since}: nothing is sent to it`;
}

/** Ids of everything that can be paused, notes included. */
export function partsOf(config: Config): Readonly<Record<Part['what'], readonly string[]>> {
  return {
    feed: [...config.feeds.map(({ feed }) => feed), notesFeed],
    destination: config.destinations.map(({ id }) => id),
  };
}

/** Rows that no feed or destination of this configuration will ever take. */
export function strandedOf(store: Store, config: Config): ReturnType<typeof strandedRows> {
  const { feed: feeds, destination: destinations } = partsOf(config);
  return strandedRows(store, { feeds, destinations });
}

/** Whose service this is, in one line. */
export function programmeLine({ programme: { id, name, provider, serves } }: Config): string {
  const provided = provider.partOfCareTeam ? 'part of the care team' : 'not part of the care team';
  return `${name} (${id}), provided by ${provider.name}, ${provided}, for team types ${serves.join(', ')}`;
}
