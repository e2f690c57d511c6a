import { describe, expect, it } from '@jest/globals';
import { auditEntry, operatorEntry } from '../../src/audit/entry.ts';

const at = new Date('2026-03-02T09:00:00Z');

describe('audit entries', () => {
  it('are by the service and successful unless it is said otherwise, and name rows by number', () => {
    expect(auditEntry('decided', at, { person: 7, inboxRow: 3, outboxRow: undefined })).toEqual({
      at,
      actor: 'service',
      action: 'decided',
      outcome: 'success',
      person: 7,
      inboxRow: 3,
      detail: {},
    });
  });

  it('of an operator name who it was and the reason they gave', () => {
    expect(operatorEntry('skipped', at, { inboxRow: 3 }, 'jsmith', 'sent in error')).toMatchObject({
      actor: 'operator:jsmith',
      action: 'skipped',
      detail: { reason: 'sent in error' },
    });
  });
});
