// One embedded PostgreSQL for a whole run of the tests, with a migrated database to copy from.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chmod } from 'node:fs/promises';
import { createLog } from '../../src/log.ts';
import { joinEmbedded } from '../../src/store/embedded.ts';
import { connect } from '../../src/store/connection.ts';
import { migrate } from '../../src/store/migrate.ts';
import { templateName, testServerVariable } from './database.ts';
import { testServer } from './global-teardown.ts';

export default async function setup(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ips-bridge-test-'));
  await chmod(folder, 0o711);
  const server = await joinEmbedded(folder, { log: createLog('silent') });
  const admin = await connect(server.address, 'tests');
  await admin.query(`create database ${templateName}`);
  await admin.end();
  const template = await connect(() => ({ ...server.address(), database: templateName }), 'tests');
  await migrate(template);
  await template.end();
  const { host = '', port = 5432, user = '', password } = server.address();
  process.env[testServerVariable] = JSON.stringify({ host, port, user, password, folder });
  // Hundreds of tests start the program: what Node made of its sources the first time serves the others.
  process.env.NODE_COMPILE_CACHE = join(folder, 'compiled');
  testServer.stop = async () => {
    await server.leave();
  };
  testServer.folder = folder;
}
