// Messages that have no map: those that are deliberately unused are counted by event, and those that say who is who are held,
// with an alert.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLog } from '../../src/log.ts';
import type { Log, LogFields } from '../../src/log.ts';
import { loadMappings } from '../../src/mapping/load.ts';
import { createMetrics } from '../../src/metrics.ts';
import { processFeed } from '../../src/pipeline/process.ts';
import { refreshGauges } from '../../src/pipeline/gauges.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { adt, mergeMessage, testPerson } from '../support/epr-messages.ts';
import { mappingTree } from '../support/mapping.ts';
import { processing } from '../support/processing.ts';

const [amara, bela] = [testPerson(1), testPerson(2)];
const as = (event: string, controlId: string) =>
  Buffer.from(
    adt(amara, { controlId, status: ['NONSUCH'] })
      .toString()
      .replace('ADT^A08^ADT_A01', event),
  );

describe('a message without a map', () => {
  let fresh: FreshStore;
  let metrics: ReturnType<typeof createMetrics>;
  let alerts: { readonly event: string; readonly fields: LogFields | undefined; readonly thrown: unknown }[];

  beforeEach(async () => {
    fresh = await freshStore();
    metrics = createMetrics();
    alerts = [];
  });
  afterEach(() => fresh.drop());

  /** Processes these messages with a set that has no map for a merge. */
  const run = async (...messages: readonly Buffer[]): Promise<void> => {
    const without = Object.fromEntries(
      [...mappingTree()].flatMap(([path, { text }]) => (/\bA40\b/.test(text) && path.includes('/messages/') ? [[path, undefined]] : [])),
    ); // prettier-ignore
    const line = processing(fresh.store, ['rio'], { mappings: loadMappings(mappingTree(without), 'RZZ') });
    const silent = createLog('silent');
    const log: Log = {
      ...silent,
      error: (event, fields, thrown) => void alerts.push({ event, fields, thrown }),
    };
    await line.receive(messages.map((message) => [message] as const));
    const feed = { kind: 'hl7v2', id: 'rio', zone: 'Europe/London', charset: { charset: 'utf-8', fallbackCharset: 'windows-1252' } } as const; // prettier-ignore
    const deps = { store: fresh.store, current: () => line.current, tell: () => undefined, log, metrics };
    while (await processFeed(feed, deps));
  };
  const metric = async (name: string): Promise<string[]> =>
    (await metrics.registry.metrics()).split('\n').filter((text) => text.startsWith(`ips_bridge_${name}{`));

  it('is counted by its event where HL7 knows it, and as "other" where a sender made it up', async () => {
    await run(as('ORM^O01', '1'), as('ORM^O01', '2'), as('FAIRBRASS^T1', '3'));
    expect(await metric('messages_unused_total')).toEqual([
      'ips_bridge_messages_unused_total{feed="rio",event="ORM^O01"} 2',
      'ips_bridge_messages_unused_total{feed="rio",event="other"} 1',
    ]);
    expect(alerts).toEqual([]);
  });

  it('R12 is held where it says who is who, and an alert says so: a metric and a line of the log', async () => {
    await run(mergeMessage(amara, bela, '1'));
    expect(await metric('messages_held_total')).toEqual([
      'ips_bridge_messages_held_total{feed="rio",kind="unsupported/identity-event"} 1',
    ]);
    expect(alerts).toMatchObject([
      { event: 'message-held', fields: { feed: 'rio', event: 'ADT^A40' }, thrown: { kind: 'unsupported/identity-event' } },
    ]); // prettier-ignore
  });

  it('the number of codes that no table knows is a gauge by table, without the codes', async () => {
    await run(as('ADT^A08', '1'));
    await refreshGauges(fresh.store, metrics);
    expect(await metric('unmapped_codes')).toEqual([
      'ips_bridge_unmapped_codes{table="employment-status"} 1',
    ]);
    expect(await metrics.registry.metrics()).not.toContain('NONSUCH');
  });
});
