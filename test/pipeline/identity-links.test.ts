// R12 on the line: links are recorded and join nobody; what the EPR says is deleted is marked and told.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { processFeed } from '../../src/pipeline/process.ts';
import { personLinks } from '../../src/store/links.ts';
import { personMarks } from '../../src/store/marks.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { identityMessage, mergeMessage, testPerson } from '../support/epr-messages.ts';
import { pid, pv1, stay } from '../support/identity-messages.ts';
import { processing } from '../support/processing.ts';
import type { Processing } from '../support/processing.ts';

const [amara, bela] = [testPerson(1), testPerson(2)];

describe('links and deletions, on the line', () => {
  let fresh: FreshStore;
  let line: Processing;
  beforeEach(async () => {
    fresh = await freshStore();
    line = processing(fresh.store);
  });
  afterEach(() => fresh.drop());
  const tell = (...messages: readonly Buffer[]): Promise<void> => line.tell(...messages);

  describe('links and deletions', () => {
    const link = (event: 'A24' | 'A37', controlId: string, one = amara, other = bela): Buffer =>
      identityMessage(event, `ADT_${event}`, controlId, pid(one), pid(other).replace('PID|1', 'PID|2'));

    it('R12 a link is recorded, joins nobody, and ends when it is said to', async () => {
      await tell(link('A24', '1'), link('A24', '2', bela, amara));
      expect(await line.person(amara)).not.toBe(await line.person(bela));
      expect(await personLinks(fresh.store)).toMatchObject([{ linked: true, merged: false }]);
      await tell(link('A37', '3'));
      expect(await personLinks(fresh.store)).toMatchObject([{ linked: false }]);
    });

    it('R12 an end of a link undoes no merge', async () => {
      await tell(mergeMessage(amara, bela, '1'), link('A37', '2'));
      expect(await line.person(amara)).toBe(await line.person(bela));
      expect(await personLinks(fresh.store, await line.person(bela))).toMatchObject([
        { linked: false, merged: true },
      ]);
    });

    it.each(['A23', 'A29'])('R12 %s deletes nothing: the person is marked once', async (event) => {
      await tell(stay(amara, '1', 'V1'));
      const before = await sql`select id, body from resource order by id`.execute(fresh.store.other);
      await tell(
        identityMessage(event, 'ADT_A21', '2', pid(amara), pv1('V1')),
        identityMessage(event, 'ADT_A21', '3', pid(amara), pv1('V1')),
      );
      const after = await sql`select id, body from resource order by id`.execute(fresh.store.other);
      expect(after.rows).toEqual(before.rows);
      expect(await personMarks(fresh.store)).toMatchObject([{ event, clearedAt: null }]);
    });

    it('R12 a deletion at the source is an alert, and a change of identity is counted', async () => {
      await line.receive([
        [identityMessage('A29', 'ADT_A21', '1', pid(amara))],
        [mergeMessage(amara, bela, '2')],
      ]);
      const warned: unknown[] = [];
      const metrics = createMetrics();
      const log = { ...createLog('silent'), warn: (...told: readonly unknown[]) => void warned.push(told) };
      const deps = { store: fresh.store, current: () => line.current, tell: () => undefined, log, metrics };
      const charset = { charset: 'utf-8', fallbackCharset: 'windows-1252' };
      await processFeed({ kind: 'hl7v2', id: 'rio', zone: 'Europe/London', charset }, deps);
      expect(warned).toEqual([
        ['record-deleted-at-source', { feed: 'rio', row: expect.any(Number), event: 'ADT^A29' }],
      ]);
      const { values } = await metrics.identity.get();
      expect(values.map(({ labels, value }) => `${labels.kind} ${value}`).sort()).toEqual([
        'mark 1',
        'merge 1',
      ]);
    });

    it('R12 an end of a link that comes late, after a newer link, changes nothing', async () => {
      const late = new Date('2026-10-01T10:00:00Z');
      await tell(link('A24', '1'));
      await line.receive([[link('A37', '2'), late]]);
      await line.run();
      expect(await personLinks(fresh.store)).toMatchObject([{ linked: true }]);
    });
  });
});
