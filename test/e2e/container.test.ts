// The image and its compose file where no container engine is: both are linted, and the steps of the Dockerfile are
// carried out in a scratch folder, which is made read-only and from which the service is then started as written.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import {
  assemble, contextFiles, inContext, makeReadOnly, makeWritable, productionPackages, readDockerfile, repository, snapshot,
  stagesOf, trackedFiles,
} from '../support/container.ts'; // prettier-ignore
import { freshDatabase } from '../support/database.ts';
import type { FreshDatabase } from '../support/database.ts';
import { testTrust, until } from '../support/trust.ts';
import type { TestTrust } from '../support/trust.ts';

const read = (file: string): string => readFileSync(join(repository, file), 'utf8');
const instructions = readDockerfile(read('Dockerfile'));
const stages = stagesOf(instructions);
const last = stages.at(-1) ?? [];
const one = (name: string) => {
  const found = last.filter((each) => each.name === name);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} of ${name}`);
  return found[0];
};
const names = (stage: typeof last): string[] => stage.map(({ name }) => name);

describe('the Dockerfile', () => {
  it('builds in stages on one pinned major of Node, the one that package.json asks for', () => {
    const bases = instructions.filter(({ name }) => name === 'FROM').map(({ words }) => words[0]);
    expect(new Set(bases).size).toBe(1);
    const { engines } = z
      .object({ engines: z.object({ node: z.string() }) })
      .parse(JSON.parse(read('package.json')));
    expect(bases[0]).toBe(`node:${engines.node.replace(/\D/g, '')}-bookworm-slim`);
    expect(stages.length).toBeGreaterThan(1);
  });

  it('installs from the lock, without what only development needs', () => {
    const installs = instructions.filter(({ name, text }) => name === 'RUN' && /\bnpm\b/.test(text));
    expect(installs.map(({ text }) => text)).toEqual([expect.stringMatching(/^npm ci --omit=dev\b/)]);
  });

  it('R49 runs as an ordinary user, by number, set before what is run', () => {
    expect(one('USER').text).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    const order = names(last);
    for (const run of ['ENTRYPOINT', 'CMD', 'HEALTHCHECK']) {
      expect(order.indexOf('USER')).toBeLessThan(order.indexOf(run));
    }
    // Nothing is installed or changed afterwards, and nothing earlier gives rights to everybody.
    expect(order.slice(order.indexOf('USER')).filter((name) => ['RUN', 'COPY', 'USER'].includes(name))).toEqual(['USER']); // prettier-ignore
    expect(instructions.filter(({ text }) => /sudo|chmod.*777|--privileged/.test(text))).toEqual([]);
  });

  it('fetches nothing by itself and holds no secret', () => {
    expect(names(instructions)).not.toContain('ADD');
    expect(instructions.filter(({ text }) => /curl|wget|https?:\/\/(?!127\.0\.0\.1)/.test(text))).toEqual([]);
    const set = instructions.filter(({ name }) => name === 'ENV' || name === 'ARG');
    expect(set.filter(({ text }) => /password|secret|token|key|database_url/i.test(text))).toEqual([]);
  });

  it('copies only what git knows and .dockerignore leaves in, and all of that', () => {
    const sources = instructions
      .filter(({ name, flags }) => name === 'COPY' && flags['from'] === undefined)
      .flatMap(({ words }) => words.slice(0, -1));
    for (const source of sources) {
      expect([source, contextFiles(source).length > 0]).toEqual([source, true]);
    }
    const copied = new Set(sources.flatMap(contextFiles));
    expect(trackedFiles().filter((file) => inContext(file) && !copied.has(file))).toEqual([]);
    for (const file of [
      '.git/config',
      '.env',
      'config/default.yaml',
      'data/postgres/password',
      'node_modules/x',
      'test/log.test.ts',
    ])
      expect([file, inContext(file)]).toEqual([file, false]);
  });

  it('has a health check, a volume for what is written, and starts the launcher as npm start does', () => {
    expect(one('HEALTHCHECK').words.join(' ')).toContain('/livez');
    expect(one('VOLUME').text).toBe('/opt/ips-bridge/data');
    const { scripts } = z
      .object({ scripts: z.object({ start: z.string() }) })
      .parse(JSON.parse(read('package.json')));
    expect([...one('ENTRYPOINT').words, ...one('CMD').words].join(' ')).toBe(scripts.start);
  });
});

const service = z.looseObject({
  build: z.string().optional(),
  image: z.string().optional(),
  read_only: z.boolean().optional(),
  tmpfs: z.array(z.string()).optional(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
  healthcheck: z.looseObject({ test: z.array(z.string()) }),
});
const compose = z
  .strictObject({ services: z.record(z.string(), service), volumes: z.record(z.string(), z.null()) })
  .parse(parse(read('compose.yaml')));
const services = Object.entries(compose.services);
const bridge = service.parse(compose.services['bridge']);

describe('compose.yaml', () => {
  it('R49 gives the service a read-only root, no capability, and places for what it writes', () => {
    expect(bridge).toMatchObject({ read_only: true, tmpfs: ['/tmp'], cap_drop: ['ALL'] });
    expect(bridge.security_opt).toContain('no-new-privileges:true');
    const targets = (bridge.volumes ?? []).map((each) => each.split(':')[1]);
    expect(targets).toContain(one('VOLUME').text);
    for (const [, { privileged, network_mode: network }] of services)
      expect([privileged, network]).toEqual([undefined, undefined]);
  });

  it('names volumes that exist, each of them used, and folders that git has', () => {
    const sources = services.flatMap(([, { volumes = [] }]) =>
      volumes.map((each) => each.split(':')[0] ?? ''),
    );
    const named = sources.filter((source) => !source.startsWith('.'));
    expect(named.toSorted()).toEqual(Object.keys(compose.volumes).toSorted());
    const tracked = trackedFiles();
    for (const folder of sources.filter((source) => source.startsWith('./'))) {
      expect([folder, tracked.some((file) => file.startsWith(`${folder.slice(2)}/`))]).toEqual([
        folder,
        true,
      ]);
    }
  });

  it('opens the ports that the image names, HTTP only to this machine, and those of the example configuration', () => {
    const ports = bridge.ports ?? [];
    expect(ports.map((port) => port.split(':').at(-1)).toSorted()).toEqual(one('EXPOSE').words.toSorted());
    expect(ports).toContain('127.0.0.1:8080:8080');
    const http = z
      .looseObject({ http: z.looseObject({ port: z.number() }) })
      .parse(parse(read('config/default.yaml')));
    const feed = z.looseObject({ mllp: z.looseObject({ port: z.number() }) }).parse(parse(read('config/feeds/epr-adt.yaml'))); // prettier-ignore
    expect([String(http.http.port), String(feed.mllp.port)].toSorted()).toEqual(
      one('EXPOSE').words.toSorted(),
    );
  });

  it('has a health check for each service, the same as the image’s, and waits for the database', () => {
    expect(bridge.healthcheck.test).toEqual(['CMD', ...one('HEALTHCHECK').words]);
    expect(bridge.depends_on).toEqual({ database: { condition: 'service_healthy' } });
  });

  it('holds no secret: each comes from the environment, and none that is missing goes unnoticed', () => {
    const values = services.flatMap(([, { environment = {} }]) => Object.entries(environment));
    const secret = values.filter(
      ([name, value]) => /PASSWORD|SECRET|TOKEN|URL/.test(name) || /:[^/@]*@/.test(value),
    );
    expect(secret.length).toBeGreaterThan(1);
    for (const [, value] of secret) expect(value).toMatch(/\$\{[A-Z_]+:\?[^}]+\}/);
  });

  it('pins the major version of every image it does not build', () => {
    for (const [, { image, build }] of services) {
      if (build === undefined) expect(image).toMatch(/^[a-z/]+:\d+(\.\d+)*$/);
    }
  });
});

describe('the image, assembled in a scratch folder', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'ips-bridge-image-'));
  const workdir = join(scratch, 'opt/ips-bridge');
  const temporary = join(scratch, 'tmp');
  const isRoot = process.getuid?.() === 0;
  /** An ordinary user, as in the image; where we are one already, ourselves. */
  const user = isRoot ? { uid: 65_534, gid: 65_534 } : {};
  let database: FreshDatabase;
  let trust: TestTrust;

  beforeAll(async () => {
    database = await freshDatabase();
    trust = await testTrust({ feeds: 1, databaseUrl: database.url });
    assemble(last, workdir);
    const data = join(workdir, 'data');
    mkdirSync(data, { mode: 0o700 });
    mkdirSync(temporary);
    // The configuration as it would be mounted; it names the mappings of the image and the volume.
    cpSync(trust.config, join(workdir, 'config'), { recursive: true });
    const settings = z.looseObject({ http: z.looseObject({}) }).parse(parse(readFileSync(join(trust.config, 'default.yaml'), 'utf8'))); // prettier-ignore
    const http = { ...settings.http, host: '0.0.0.0' };
    const mounted = { ...settings, http, mappings: '../mappings', database: { embedded: { folder: '../data/postgres' } } }; // prettier-ignore
    writeFileSync(join(workdir, 'config/default.yaml'), JSON.stringify(mounted));
    makeReadOnly(workdir);
    chmodSync(scratch, 0o755);
    chmodSync(data, 0o700);
    chmodSync(temporary, 0o777);
    if (isRoot) chownSync(data, 65_534, 65_534);
  }, 60_000);
  afterAll(async () => {
    makeWritable(workdir);
    rmSync(scratch, { recursive: true, force: true });
    trust.remove();
    await database.drop();
  });

  const environment = (databaseUrl: string) => ({
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    NODE_ENV: 'production',
    TMPDIR: temporary,
    DATABASE_URL: databaseUrl,
  });
  const healthy = (): boolean => {
    const [program = '', ...args] = one('HEALTHCHECK').words;
    const asked = args.map((arg) => arg.replace(':8080/', `:${trust.httpPort}/`));
    return spawnSync(program, asked, { cwd: workdir, env: environment(''), ...user }).status === 0;
  };

  it('holds nothing that only development needs', () => {
    const there = (name: string): boolean => existsSync(join(workdir, 'node_modules', name));
    expect(['jest', 'eslint', '@medplum/fhir-router', 'node'].filter(there)).toEqual([]);
    expect(['express', 'pg', '@medplum/core'].filter(there)).toHaveLength(3);
    expect(productionPackages().length).toBeGreaterThan(50);
  });

  it.each([
    ['a database of the trust', () => database.url],
    ['the embedded database in the volume', () => ''],
  ])(
    'R49 serves as an ordinary user on a read-only root with %s, is healthy, stops, and has written nowhere else',
    async (_what, url) => {
      const before = snapshot(workdir).filter((line) => !line.startsWith('data'));
      const [program = '', ...args] = [...one('ENTRYPOINT').words, ...one('CMD').words];
      const child = spawn(program, args, { cwd: workdir, env: environment(url()), stdio: ['ignore', 'pipe', 'pipe'], ...user }); // prettier-ignore
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
      const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
      try {
        await until('the health check of the image succeeds', () => {
          if (child.exitCode !== null) throw new Error(output);
          return Promise.resolve(healthy());
        });
        const ready = await fetch(`http://127.0.0.1:${trust.httpPort}/readyz`);
        expect(ready.status).toBe(200);
      } finally {
        child.kill('SIGTERM');
      }
      expect([await ended, output]).toEqual([0, expect.any(String)]);
      expect(healthy()).toBe(false);
      expect(snapshot(workdir).filter((line) => !line.startsWith('data'))).toEqual(before);
    },
    60_000,
  );
});
