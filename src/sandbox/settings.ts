// The configuration that a sandbox writes for itself: a folder like any trust's, so that every command works on it
// (`ips-bridge why --config data/sandbox/config`). Its keys and tokens are made anew at each start.
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { stringify } from 'yaml';
import type { z } from 'zod';
import type { destinationSettings } from '../outbound/settings.ts';
import { trust } from './trust.ts';

type DestinationInput = z.input<typeof destinationSettings>;

export interface SandboxPorts {
  readonly http: number;
  readonly mllp: number;
}

/** What effects leave to: an EPR with FHIR, or an integration engine (TIE) and a folder of worklists. */
export type OutboundSide =
  { readonly kind: 'fhir'; readonly eprUrl: string } | { readonly kind: 'hl7v2'; readonly tiePort: number };

const issuer = 'urn:x-ips-bridge:sandbox';
const audience = 'ips-bridge';
const secretFile = { mode: 0o600 };

/** The EPR's bearer token, as a file of the configuration. */
export function writeEprToken(folder: string): string {
  const token = randomBytes(24).toString('base64url');
  mkdirSync(join(folder, 'config'), { recursive: true });
  writeFileSync(join(folder, 'config/epr-token'), token, secretFile);
  return token;
}

/** A key of its own and a token for whoever tries the API; valid for a day. */
export async function writeApiToken(folder: string): Promise<string> {
  mkdirSync(join(folder, 'config'), { recursive: true });
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const key = { ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig', kid: 'sandbox' };
  writeFileSync(join(folder, 'config/jwks.json'), JSON.stringify({ keys: [key] }));
  const token = await new SignJWT({ scope: 'ips-bridge.notes ips-bridge.operations' })
    .setProtectedHeader({ alg: 'ES256', kid: 'sandbox' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject('sandbox-operator')
    .setIssuedAt()
    .setExpirationTime('1d')
    .sign(privateKey);
  writeFileSync(join(folder, 'api-token'), token, secretFile);
  return token;
}

/** Writes the configuration files; `mappings` is the program's own folder. */
export function writeConfig(
  folder: string,
  options: { mappings: string; outbound: OutboundSide; ports: SandboxPorts },
): string {
  const config = join(folder, 'config');
  const write = (file: string, content: unknown): void => {
    mkdirSync(join(config, file, '..'), { recursive: true });
    writeFileSync(
      join(config, file),
      `# Written by "ips-bridge sandbox" at each start.\n${stringify(content)}`,
    );
  };
  const since = { completeFrom: '2020-01-01' };
  write('default.yaml', {
    trust: trust.ods,
    mappings: options.mappings,
    database: { embedded: { folder: '../postgres' } },
    http: { port: options.ports.http, authentication: { issuer, audience, keys: { file: 'jwks.json' } } },
    log: 'warn',
  });
  write('programme.yaml', {
    id: 'sandbox',
    name: 'IPS in the sandbox',
    provider: { name: 'Sandbox IPS service', partOfCareTeam: false },
    serves: ['A06', 'A08', 'A09', 'A14', 'A16'],
    // A trust's asks wait for the weekly digest; here they go out one by one, so that they can be seen.
    rules: { 'wants-work': 'on', 'seeking-work-not-asked': 'on' },
  });
  write('feeds/epr-adt.yaml', {
    feed: 'epr-adt',
    mllp: { port: options.ports.mllp, senders: [{ application: 'SANDBOX-EPR', facility: trust.ods }] },
    supplies: {
      age: since, teams: since, careCoordinator: since, employmentStatus: since, wantsWork: since, declined: since,
      ipsReferral: since, lastAsked: since, deceased: since, onWard: since, carePlans: since,
    },
    restrictedMarkings: 'supplied',
  }); // prettier-ignore
  // Its first run is dry all the same.
  write('jobs.yaml', { 'employment-goal-sweep': { mode: 'live' } });
  for (const destination of destinationsOf(options.outbound))
    write(`destinations/${destination.id}.yaml`, destination);
  return config;
}

function destinationsOf(outbound: OutboundSide): readonly DestinationInput[] {
  if (outbound.kind === 'fhir') {
    return [
      {
        id: 'epr-fhir',
        kind: 'fhir',
        baseUrl: outbound.eprUrl,
        token: { file: 'epr-token' },
        flagAs: 'flag',
        live: 'all',
      },
    ];
  }
  return [
    {
      id: 'tie',
      kind: 'mllp',
      host: '127.0.0.1',
      port: outbound.tiePort,
      sender: { application: 'IPS-BRIDGE', facility: trust.ods },
      receiver: { application: 'SANDBOX-TIE', facility: trust.ods },
      acknowledgement: 'queued',
      understands: ['T02', 'T10', 'T11'],
      receiverRemovesDuplicates: true,
      live: 'all',
    },
    { id: 'worklist', kind: 'worklist', folder: '../worklist', live: 'all' },
  ];
}
