import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { createLog } from '../../src/log.ts';
import { connect } from '../../src/store/connection.ts';
import { openStore } from '../../src/store/database.ts';
import { migrate, migrations } from '../../src/store/migrate.ts';
import { isTransient } from '../../src/store/transient.ts';
import { openWake } from '../../src/store/wake.ts';
import { insertArrivals } from '../../src/store/inbox.ts';
import { freshDatabase, freshStore, testServerAddress } from '../support/database.ts';
import type { FreshDatabase } from '../support/database.ts';
import { message } from '../support/messages.ts';

const log = createLog('silent');

describe('database', () => {
  let database: FreshDatabase;
  const address = () => ({ connectionString: database.url });
  beforeAll(async () => {
    database = await freshDatabase();
  });
  afterAll(() => database.drop());

  it.each(['alter database', 'alter role'])(
    'R31 synchronous_commit turned off by %s is refused',
    async (how) => {
      const admin = await connect(address, 'tests');
      const role = `role_${Date.now()}`;
      const name = new URL(database.url.replace(/@[^/]*/, '@host')).pathname.slice(1);
      await admin.query(`create role ${role} login superuser password 'secret'`);
      await admin.query(`${how} ${how === 'alter role' ? role : name} set synchronous_commit = off`);
      const { host, port } = testServerAddress();
      const url = `postgresql://${role}:secret@${host.startsWith('/') ? encodeURIComponent(host) : `${host}:${port}`}/${name}`;
      await expect(openStore({ url: () => url }, { log })).rejects.toMatchObject({
        kind: 'config/unsafe-database',
        where: 'synchronous_commit',
      });
      await admin.query(`alter database ${name} reset all`);
      await admin.query(`drop role ${role}`);
      await admin.end();
    },
  );

  it('R31 a store already open stays durable when synchronous_commit is turned off under it', async () => {
    const admin = await connect(address, 'tests');
    const store = await openStore({ url: () => database.url }, { log });
    await admin.query(
      `do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$`,
    );
    for (const pool of [store.intake, store.process, store.other]) {
      const { rows } = await sql<{
        value: string;
      }>`select current_setting('synchronous_commit') as value`.execute(pool);
      expect(rows[0]?.value).toBe('on');
    }
    await admin.query(
      `do $$ begin execute format('alter database %I reset all', current_database()); end $$`,
    );
    await store.close();
    await admin.end();
  });

  it('sessions have their timeouts and numbers come as numbers', async () => {
    const store = await openStore({ url: () => database.url }, { log });
    const { rows } = await sql<Record<string, unknown>>`
      select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
        current_setting('idle_in_transaction_session_timeout') as idle, 12345678901::bigint as big`.execute(
      store.process,
    );
    expect(rows).toEqual([{ statement: '10s', lock: '5s', idle: '12s', big: 12_345_678_901 }]);
    await store.close();
  });

  it('two migrations at once on an empty database both succeed', async () => {
    const admin = await connect(address, 'tests');
    await admin.query('create schema empty');
    const clients = await Promise.all([1, 2, 3].map(() => connect(address, 'tests')));
    for (const client of clients) await client.query('set search_path = empty');
    await Promise.all(clients.map((client) => migrate(client)));
    const applied = await admin.query('select version from empty.schema_migration');
    expect(applied.rows).toEqual(migrations.map(({ version }) => ({ version })));
    await Promise.all([...clients, admin].map((client) => client.end()));
  });

  it('a database one version ahead is worked with while its migration says so, and refused afterwards', async () => {
    const client = await connect(address, 'tests');
    const next = { version: 900, name: 'next', oldestProgram: 1, text: 'create table later (id int)' };
    await migrate(client, [...migrations, next]);
    await migrate(client);
    const contract = { version: 901, name: 'contract', oldestProgram: 900, text: 'drop table later' };
    await migrate(client, [...migrations, next, contract]);
    await expect(migrate(client)).rejects.toMatchObject({ kind: 'config/newer-database' });
    await client.query('delete from schema_migration where version >= 900');
    await client.end();
  });

  it('an address where nothing answers is told without the password', async () => {
    const url = 'postgresql://user:secret-word@127.0.0.1:1/x';
    const opened = openStore({ url: () => url }, { log });
    await expect(opened).rejects.toMatchObject({ kind: 'config/database-unreachable' });
    await expect(opened).rejects.not.toThrow(/secret-word/);
  });

  it.each([
    ['a lost connection', { code: '08006' }, true],
    ['a deadlock', { code: '40P01' }, true],
    ['a full disk', { code: '53100' }, true],
    ['a shutdown', { code: '57P01' }, true],
    ['a lock timeout', { code: '55P03' }, true],
    ['an idle transaction', { code: '25P03' }, true],
    ['a standby', { code: '25006' }, true],
    ['a refused socket', { code: 'ECONNREFUSED' }, true],
    ['a cut connection', { message: 'Connection terminated unexpectedly' }, true],
    ['a unique violation', { code: '23505' }, false],
    ['bad text', { code: '22021' }, false],
    ['a missing file', { code: 'ENOENT', syscall: 'open' }, false],
    ['a missing socket', { code: 'ENOENT', syscall: 'connect' }, true],
    ['a programming fault', { message: 'x is not a function' }, false],
  ])(
    '%s is told as passing by itself or not',
    (
      _name,
      fields: { readonly code?: string; readonly message?: string; readonly syscall?: string },
      expected,
    ) => {
      expect(isTransient(Object.assign(new Error(fields.message ?? 'x'), fields))).toBe(expected);
      expect(
        isTransient(Object.assign(new Error('outer'), { cause: Object.assign(new Error('x'), fields) })),
      ).toBe(expected);
    },
  );

  it('whoever waits for work is woken by the commit that adds it', async () => {
    const fresh = await freshStore();
    const woken: { at: number; topic: string }[] = [];
    const wake = openWake(fresh.store, (topic) => woken.push({ at: Date.now(), topic }), { log });
    await new Promise((resolve) => setTimeout(resolve, 200));
    woken.length = 0;
    const before = Date.now();
    await insertArrivals(fresh.store, [message('wake')]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(woken.filter((each) => each.topic === 'inbox' && each.at - before < 100)).not.toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(woken.some((each) => each.topic === 'outbox')).toBe(true);
    await wake.close();
    await fresh.drop();
  });
});
