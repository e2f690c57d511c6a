import { Writable } from 'node:stream';
import { expect, it } from '@jest/globals';
import { BridgeError } from '../src/errors.ts';
import { createLog } from '../src/log.ts';
import type { LogFields } from '../src/log.ts';

function logged(write: (log: ReturnType<typeof createLog>) => void): string {
  let text = '';
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString();
      done();
    },
  });
  write(createLog('debug', stream));
  return text;
}

it('R39 what a sender calls itself is one line of JSON, without any character that a terminal obeys', () => {
  const sender = 'A\r\nB\u001b[2J\u009b31m\u0085\u2028\u2029\u202e\u2066\ufeff\u007f\0{"level":"error"}';
  const text = logged((log) => log.warn('message-refused', { sender }));
  expect(text.endsWith('\n')).toBe(true);
  expect(text.slice(0, -1)).toMatch(/^[ -~]+$/);
  expect(JSON.parse(text)).toMatchObject({ level: 'warn', message: 'message-refused', sender });
});

it('R38 fields that are not on the list are dropped, and a foreign error leaves its code and no text', () => {
  const extra: LogFields & { patient: string } = { row: 7, patient: 'Quetzalfinch' };
  const cause = Object.assign(new Error('Key (nhs_number)=(9990000018) exists'), { code: '23505' });
  const text = logged((log) => {
    log.info('one', extra);
    log.error('two', {}, cause);
    log.error(
      'three',
      {},
      new BridgeError('field/row', 'a row is named by its number', { where: 'row', cause }),
    );
  });
  expect(text).not.toMatch(/Quetzalfinch|9990000018/);
  const [one, two, three] = text
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(one).toMatchObject({ message: 'one', row: 7 });
  expect(two).toMatchObject({ error: 'internal/unexpected', errorCode: '23505' });
  expect(three).toMatchObject({ error: 'field/row', errorMessage: 'a row is named by its number' });
});
