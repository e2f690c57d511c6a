// The configuration: files in one folder, each checked by the schema of whoever reads it, all faults reported at once.
// The only place that reads the environment. A key exists when something reads it.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { httpSettings } from './api/settings.ts';
import type { HttpSettings } from './api/settings.ts';
import { BridgeError, asBridgeError, errorCode, errorOf } from './errors.ts';
import type { Finding } from './errors.ts';
import { mllpSettings } from './inbound/mllp-settings.ts';
import { programmeSettings } from './ips/programme.ts';
import type { Programme } from './ips/programme.ts';
import { restrictedMarkingsSchema, suppliesSchema } from './ips/supply.ts';
import { logLevels } from './log.ts';
import { mappingSettings } from './mapping/settings.ts';
import { notesFeed } from './ips/notes/identity.ts';
import { noteSettings } from './ips/notes/settings.ts';
import type { NoteSettings } from './ips/notes/settings.ts';
import { jobsSettings } from './jobs/settings.ts';
import type { JobsSettings } from './jobs/settings.ts';
import { destinationSettings } from './outbound/settings.ts';
import type { DestinationSettings } from './outbound/settings.ts';
import { intakeSettings } from './pipeline/settings.ts';
import { describeSecret } from './secret.ts';
import type { Secret, SecretReference } from './secret.ts';
import { storeSettings } from './store/settings.ts';
import { parseYaml } from './yaml.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const defaultFile = z.strictObject({
  trust: z
    .string()
    .regex(/^[A-Z0-9]{3,6}$/, 'an ODS code: capital letters and digits')
    .describe('ODS code of the trust; mappings/trusts/<ODS>/ goes over the shared mappings'),
  mappings: z.string().min(1).default('../mappings').describe('Folder of mappings, relative to this one'),
  database: storeSettings,
  http: httpSettings.prefault({}),
  intake: intakeSettings.prefault({}),
  log: z.enum(logLevels).default('info').describe('How much is logged, on standard error'),
});

const feedFile = z.strictObject({
  feed: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/, 'small letters, digits and hyphens; the same as the file name')
    .refine((name) => name !== notesFeed, 'this name is kept for notes'),
  mllp: mllpSettings,
  mapping: mappingSettings.prefault({}),
  supplies: suppliesSchema,
  restrictedMarkings: restrictedMarkingsSchema,
});

const programmeFile = programmeSettings.extend({ notes: noteSettings.prefault({}) });

export type FeedSettings = z.output<typeof feedFile>;

/** The schema of each kind of file; JSON Schemas for editors are made from them. */
export const configSchemas = {
  default: defaultFile,
  feed: feedFile,
  destination: destinationSettings,
  jobs: jobsSettings,
  programme: programmeFile,
} as const;

export interface Config {
  readonly folder: string;
  readonly trust: string;
  readonly mappings: string;
  readonly database: { readonly url: Secret } | { readonly folder: string };
  readonly http: HttpSettings;
  readonly intake: z.output<typeof intakeSettings>;
  readonly log: (typeof logLevels)[number];
  readonly feeds: readonly FeedSettings[];
  readonly destinations: readonly DestinationSettings[];
  readonly jobs: JobsSettings;
  readonly programme: Programme;
  readonly notes: NoteSettings;
  /** The secret that a file of this configuration names. */
  readonly secret: (reference: SecretReference) => Secret;
}

/** The trust's zone; feeds may say another for their own timestamps. */
export const trustZone = 'Europe/London';

export const defaultConfigFolder = resolve(import.meta.dirname, '../config');

/**
 * Reads and checks a configuration folder.
 *
 * @throws BridgeError `config/…` with every fault of every file in `findings`, each with file and line
 */
export function loadConfig(folder: string, environment: Environment = process.env): Config {
  const root = resolve(folder);
  if (!existsSync(join(root, 'default.yaml'))) {
    throw new BridgeError('config/no-folder', `there is no default.yaml in ${root}; name a configuration folder with --config`, { where: root }); // prettier-ignore
  }
  const faults: Finding[] = [];
  const read = <S extends z.ZodType>(file: string, schema: S): z.output<S> | undefined => {
    try {
      return parseYaml(join(basename(root), file), readFileSync(join(root, file), 'utf8'), schema);
    } catch (thrown) {
      const error = asBridgeError(thrown, 'config/unreadable');
      faults.push(...(error.findings.length > 0 ? error.findings : [{ kind: error.kind, where: file, message: error.message }])); // prettier-ignore
      return undefined;
    }
  };

  const service = read('default.yaml', defaultFile);
  const programme = read('programme.yaml', programmeFile);
  const jobs = existsSync(join(root, 'jobs.yaml')) ? read('jobs.yaml', jobsSettings) : jobsSettings.parse({});
  const feeds = filesOf(root, 'feeds').map((file) => ({ file, settings: read(file, feedFile) }));
  const destinations = filesOf(root, 'destinations').map((file) => ({ file, settings: read(file, destinationSettings) })); // prettier-ignore
  faults.push(
    ...namesDiffer(feeds.map(({ file, settings }) => ({ file, id: settings?.feed }))),
    ...namesDiffer(destinations.map(({ file, settings }) => ({ file, id: settings?.id }))),
    ...portsClash(feeds),
  );
  if (feeds.length === 0) faults.push({ kind: 'config/no-feed', where: 'feeds', message: 'no feed is configured: add feeds/<id>.yaml' }); // prettier-ignore
  const error = errorOf(faults);
  if (error !== undefined || service === undefined || programme === undefined || jobs === undefined) {
    throw error ?? new BridgeError('config/unreadable', 'the configuration cannot be read', { where: root });
  }

  const secret = secretReader(root, environment);
  const databaseUrl = environment['DATABASE_URL'];
  return {
    folder: root,
    trust: service.trust,
    mappings: resolve(root, service.mappings),
    database:
      databaseUrl !== undefined && databaseUrl !== ''
        ? { url: () => databaseUrl }
        : 'url' in service.database
          ? { url: secret(service.database.url) }
          : { folder: resolve(root, service.database.embedded.folder) },
    http: service.http,
    intake: service.intake,
    log: service.log,
    feeds: feeds.flatMap(({ settings }) => (settings === undefined ? [] : [settings])),
    destinations: destinations.flatMap(({ settings }) => (settings === undefined ? [] : [settings])),
    programme,
    notes: programme.notes,
    jobs,
    secret,
  };
}

/** Who runs this program, for the audit of an operator's command. */
export function operatorName(environment: Environment = process.env): string {
  return (
    environment['SUDO_USER'] ??
    environment['USER'] ??
    environment['LOGNAME'] ??
    environment['USERNAME'] ??
    'unknown'
  );
}

function filesOf(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder)) || !statSync(join(root, folder)).isDirectory()) return [];
  const names = readdirSync(join(root, folder)).filter((name) => /\.ya?ml$/.test(name));
  return names.sort().map((name) => join(folder, name));
}

function namesDiffer(files: readonly { file: string; id: string | undefined }[]): Finding[] {
  return files
    .filter(({ file, id }) => id !== undefined && basename(file).replace(/\.ya?ml$/, '') !== id)
    .map(({ file, id }) => ({
      kind: 'config/name',
      where: file,
      message: `the file calls itself ${String(id)}; file name and id must be the same`,
    }));
}

function portsClash(feeds: readonly { file: string; settings: FeedSettings | undefined }[]): Finding[] {
  const taken = new Map<string, string>();
  return feeds.flatMap(({ file, settings }) => {
    if (settings === undefined || settings.mllp.port === 0) return [];
    const address = `${settings.mllp.host}:${settings.mllp.port}`;
    const other = taken.get(address);
    taken.set(address, file);
    const message = `${address} is taken by ${String(other)} already; each feed has a port of its own`;
    return other === undefined ? [] : [{ kind: 'config/port' as const, where: file, message }];
  });
}

function secretReader(root: string, environment: Environment): (reference: SecretReference) => Secret {
  return (reference) => () => {
    const value =
      'env' in reference ? environment[reference.env] : readSecretFile(resolve(root, reference.file));
    if (value === undefined || value === '') {
      throw new BridgeError('config/secret', `${describeSecret(reference)} holds no secret`, {
        where: 'env' in reference ? reference.env : reference.file,
      });
    }
    return value;
  };
}

/** A secret's file, without the line end that editors add; undefined where there is none. */
function readSecretFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trimEnd();
  } catch (cause) {
    const reason = errorCode(cause) ?? 'unknown reason';
    if (reason === 'ENOENT') return undefined;
    throw new BridgeError('config/secret', `file ${path} cannot be read (${reason})`, { where: path, cause });
  }
}

/**
 * Reads every secret that the configuration names, once, and tells which cannot be read; an environment variable or a
 * file may come later than the start, so that this is for whoever wants to know now.
 */
export function missingSecrets(config: Config): Finding[] {
  const named = config.destinations.flatMap((settings) =>
    settings.kind !== 'fhir' || settings.token === undefined
      ? []
      : [{ where: `destinations/${settings.id}.yaml: token`, read: config.secret(settings.token) }],
  );
  if ('url' in config.database)
    named.push({ where: 'default.yaml: database.url', read: config.database.url });
  return named.flatMap(({ where, read }) => {
    try {
      read();
      return [];
    } catch (thrown) {
      const { kind, message } = asBridgeError(thrown, 'config/secret');
      return [{ kind, where, message }];
    }
  });
}
