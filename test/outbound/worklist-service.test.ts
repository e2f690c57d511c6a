// A worklist destination as a trust configures it: `check` and the start say what is wrong with its folder, a running
// service fills it as soon as it is there, and what arrived meanwhile is on it in order.
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { runCommand } from '../support/command.ts';
import { freshDatabase } from '../support/database.ts';
import { adt, testPerson } from '../support/epr-messages.ts';
import { sendAll } from '../support/line.ts';
import { linesOf, startService, testTrust, until } from '../support/trust.ts';

const database = await freshDatabase();
const trust = await testTrust({ feeds: 1, databaseUrl: database.url, log: 'info' });
mkdirSync(join(trust.config, 'destinations'));
writeFileSync(
  join(trust.config, 'destinations/lists.yaml'),
  stringify({ id: 'lists', kind: 'worklist', folder: 'worklists', live: 'all' }),
);
const folder = join(trust.config, 'worklists');
afterAll(async () => {
  trust.remove();
  await database.drop();
});

const checked = async (): Promise<string | undefined> => {
  const { out } = await runCommand(['check', '--config', trust.config], { databaseUrl: database.url });
  return out.split('\n').find((line) => line.includes(folder));
};

describe('a worklist destination of a running service', () => {
  it('is looked at by check, waits for its folder, and is filled in order when that is there', async () => {
    expect(await checked()).toMatch(/^fail {2}destination lists: .*cannot be reached \(ENOENT\)$/);
    symlinkSync(trust.config, folder);
    expect(await checked()).toMatch(/^fail .*the folder is a symbolic link: name the folder itself$/);
    const elsewhere = join(trust.config, 'elsewhere');
    writeFileSync(
      join(trust.config, 'destinations/lists.yaml'),
      stringify({ id: 'lists', kind: 'worklist', folder: 'elsewhere', live: 'all' }),
    );
    const service = startService(trust);
    await service.ready;
    try {
      const people = [testPerson(31), testPerson(32), testPerson(33)];
      const messages = people.map((person, index) => adt(person, { controlId: `W${index}`, answer: ['PAID', '20260201'] })); // prettier-ignore
      await sendAll(trust.feeds[0]?.port ?? 0, messages);
      await until('it is noticed that the folder is away', () =>
        Promise.resolve(linesOf(service.output()).some(({ message }) => message === 'destination-paused')),
      );
      expect(linesOf(service.output())).toContainEqual(
        expect.objectContaining({ level: 'warn', message: 'worklist-folder', destination: 'lists' }),
      );
      mkdirSync(elsewhere);
      const file = join(elsewhere, 'CMHT-N.csv');
      const listed = (): string[] =>
        existsSync(file)
          ? [...readFileSync(file, 'utf8').matchAll(/"(T000\d\d)"/g)].map(([, local = '']) => local)
          : [];
      await until('everybody is on the list', () => Promise.resolve(listed().length === 3), 60_000);
      expect(listed()).toEqual(people.map(({ local }) => local));
      // R38: the log names a destination and a reason, and nobody.
      for (const { local, nhs = '', family } of people)
        for (const secret of [local, nhs, family]) expect(service.output()).not.toContain(secret);
    } finally {
      service.process.kill('SIGTERM');
      await service.ended;
    }
  }, 120_000);
});
