// `npm run bench`: what the service carries, on an embedded PostgreSQL of its own in a folder that is removed again.
// Figures are told beside something run in the same minutes on the same machine; docs/performance.md says how to read
// them. `--json` prints the raw figures, `--quick` a short run.
import { cpus, tmpdir } from 'node:os';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openStore } from '../../src/store/database.ts';
import { createLog } from '../../src/log.ts';
import { benchDocument } from './document.ts';
import { benchIntake } from './intake.ts';
import { benchClaims, benchLine } from './line.ts';
import { benchMapping } from './mapping.ts';
import { benchStart } from './start.ts';

const { values } = parseArgs({ options: { json: { type: 'boolean' }, quick: { type: 'boolean' } } });
const folder = mkdtempSync(join(tmpdir(), 'ips-bridge-bench-'));
const say = (text: string): void => void process.stdout.write(values.json === true ? '' : `${text}\n`);
const whole = (value: number): string => Math.round(value).toLocaleString('en-GB');

// Kept open over the whole run, so that the database is not stopped and started between its parts.
const keeper = await openStore({ folder: join(folder, 'postgres') }, { log: createLog('error') });
try {
  const postgres = join(folder, 'postgres');
  const seconds = values.quick === true ? 2 : 8;
  const messages = values.quick === true ? 2_000 : 20_000;
  say(`${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}\n`);

  const start = await benchStart();
  say('Start, embedded database there already');
  say(`  ready after ${whole(start.readyMs)} ms, idle ${start.idleRssMiB === undefined ? 'unknown' : whole(start.idleRssMiB)} MiB\n`); // prettier-ignore

  const mapping = benchMapping(values.quick === true ? 5_000 : 40_000);
  say('Mapping, one thread, 1.5 KB ADT');
  say(`  plain Hl7Message.parse      ${whole(mapping.plainParsePerSecond).padStart(8)} msg/s`);
  say(`  bytes to canonical FHIR     ${whole(mapping.translatePerSecond).padStart(8)} msg/s  (${(mapping.translatePerSecond / mapping.plainParsePerSecond).toFixed(2)} of it)`); // prettier-ignore
  say(`  the same, ADT^A01 alone     ${whole(mapping.admissionsPerSecond).padStart(8)} msg/s\n`);

  const document = benchDocument(20);
  say('A document of 20 MB (MDM^T02, base64 in OBX-5), bytes to canonical FHIR');
  say(
    `  ${whole(document.translateMs)} ms; plain split of the same bytes ${whole(document.splitMs)} ms, copy ${whole(document.copyMs)} ms`,
  );
  say(`  peak of memory ${(document.peakBytes / document.bytes).toFixed(1)} times its size\n`);

  const intake = await benchIntake(postgres, seconds);
  say('Intake over MLLP, one message in flight a connection');
  say('  connections   durable msg/s    p50    p99   CPU    RSS | stores nothing msg/s   p99 | ratio');
  for (const row of intake.filter(({ mode }) => mode === 'durable')) {
    const beside = intake.find(
      ({ mode, connections }) => mode !== 'durable' && connections === row.connections,
    );
    say(`  ${String(row.connections).padStart(11)}   ${whole(row.perSecond).padStart(13)} ${row.p50Ms.toFixed(1).padStart(6)} ${row.p99Ms.toFixed(1).padStart(6)} ${row.cpuSeconds.toFixed(1).padStart(5)} ${whole(row.rssMiB).padStart(6)} | ${whole(beside?.perSecond ?? 0).padStart(20)} ${(beside?.p99Ms ?? 0).toFixed(1).padStart(5)} | ${(row.perSecond / (beside?.perSecond ?? 1)).toFixed(2)}`); // prettier-ignore
  }

  say('\nThe line, stored message to outbox row');
  const line = [
    await benchLine(postgres, 1, messages, 1_000_000),
    await benchLine(postgres, 4, messages / 4, 2_000_000),
  ];
  for (const row of line) {
    say(`  ${row.feeds} feed${row.feeds === 1 ? ' ' : 's'}   ${whole(row.perSecond).padStart(8)} msg/s   ${whole(row.effects)} effects, ${row.cpuSeconds.toFixed(1)} s CPU, ${whole(row.rssMiB)} MiB`); // prettier-ignore
  }

  const claims = [await benchClaims(postgres, 4, values.quick === true ? 500 : 4_000)];
  for (const row of claims) {
    say(`\nClaim and settle with ${whole(row.waiting)} effects waiting in ${whole(row.lanes)} lanes: ${whole(row.claimsPerSecond)}/s with 4 workers`); // prettier-ignore
  }
  if (values.json === true)
    process.stdout.write(
      `${JSON.stringify({ start, mapping, document, intake, line, claims }, undefined, 2)}\n`,
    );
} finally {
  await keeper.close();
  rmSync(folder, { recursive: true, force: true });
}
