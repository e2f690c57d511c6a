import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { table } from '../../src/commands/output.ts';

describe('a table', () => {
  it('R39 shows no control character of what a message held, and keeps each cell in its place', () => {
    const shown = table([
      ['EVENT', 'WHY'],
      ['ADT^\u001B[2J\u009B', 'a\nb\r\u0007'],
    ]);
    expect(shown.split('\n')).toEqual(['EVENT      WHY', 'ADT^\uFFFD[2J\uFFFD  a b\uFFFD\uFFFD']);
  });
});

describe('a reader that goes away', () => {
  it('ends no command with a fault', async () => {
    const launcher = resolve(import.meta.dirname, '../../src/ips-bridge.mjs');
    const child = spawn(process.execPath, [launcher, 'map', 'show', 'PID'], {
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const code = await new Promise((done) => child.once('close', done));
    expect([code, err]).toEqual([0, '']);
  });
});
