import { describe, expect, it } from '@jest/globals';
import type { ServiceRequest, Task } from '@medplum/fhirtypes';
import { urnOf } from '../../src/fhir/ids.ts';
import { validate } from '../../src/fhir/validate.ts';
import type { Decision } from '../../src/ips/decision.ts';
import { renderMake } from '../../src/ips/proposal.ts';
import { renderWithdrawal } from '../../src/ips/withdrawal.ts';
import { dayInWords } from '../../src/ips/words.ts';
import { explainDecision, whyNot, whyNotLines } from '../../src/ips/why.ts';
import { rules, somebody, zone } from './support/people.ts';

const refs = {
  patient: { reference: 'Patient/p1' },
  owner: { reference: 'PractitionerRole/r1' },
  identifierOf: urnOf,
  zone,
};
const proposal = somebody().on('2026-03-02').answer('paid-job', '2026-03-01').decide()[0]!;
const ask = somebody().on('2026-03-02').status('02', '2026-03-01').decide()[0]!;

function made(decision: Decision): { serviceRequest?: ServiceRequest; task: Task } {
  const resources = (renderMake(decision, refs).entry ?? []).map(({ resource }) => resource);
  const task = resources.find((resource): resource is Task => resource?.resourceType === 'Task')!;
  const request = resources.find(
    (resource): resource is ServiceRequest => resource?.resourceType === 'ServiceRequest',
  );
  return request === undefined ? { task } : { serviceRequest: request, task };
}

describe('rendering a proposal', () => {
  it('is a transaction of conditional creates on our own identifiers, the Task about the ServiceRequest', () => {
    const urn = urnOf(proposal.key);
    const { type, entry = [] } = renderMake(proposal, refs);
    expect(type).toBe('transaction');
    expect(entry.map(({ request }) => request)).toEqual([
      { method: 'POST', url: 'ServiceRequest', ifNoneExist: `identifier=urn:ietf:rfc:3986|${urn}` },
      {
        method: 'POST',
        url: 'Task',
        ifNoneExist: `identifier=urn:ietf:rfc:3986|${urn}`,
      },
    ]);
    expect(new Set([urn, ...entry.map(({ fullUrl }) => fullUrl)]).size).toBe(3);
    expect(made(proposal).task.focus?.reference).toBe(entry[0]?.fullUrl);
  });

  it('is the same, byte for byte, each time', () => {
    expect(JSON.stringify(renderMake(proposal, refs))).toBe(JSON.stringify(renderMake(proposal, refs)));
  });

  it('is no referral: intent proposal, status draft, no referral code, no D05', () => {
    const { serviceRequest } = made(proposal);
    expect(serviceRequest).toMatchObject({ intent: 'proposal', status: 'draft' });
    expect(serviceRequest?.code?.coding).toBeUndefined();
    expect(JSON.stringify(renderMake(proposal, refs))).not.toMatch(/D05|1082611000000105|1082621000000104/);
  });

  it('says why in words, with dates, and ends with the safety sentence', () => {
    const { task, serviceRequest } = made(proposal);
    expect(task.description).toContain(
      '- has said they want a paid job, or help to keep or change one (said they want a paid job, 1 March 2026)',
    );
    expect(task.description?.endsWith('Read the EPR safety summary before the first meeting.')).toBe(true);
    expect(task.description).toContain('- has not declined since (no decline is recorded)');
    expect(task.description).not.toMatch(/died|restricted/);
    expect(serviceRequest?.note?.[0]?.text).toContain('open referral to Northtown CMHT, 1 June 2025');
  });

  it('presses nobody and speaks neither of benefits nor of fitness', () => {
    for (const decision of [proposal, ask]) {
      expect(JSON.stringify(renderMake(decision, refs))).not.toMatch(
        /benefit|fit for work|must|should|\bready/i,
      );
    }
  });

  it('is valid FHIR R4', () => {
    for (const decision of [proposal, ask]) {
      for (const { resource } of renderMake(decision, refs).entry ?? [])
        expect(validate(resource!)).toEqual([]);
    }
  });
});

describe('rendering an ask', () => {
  it('is one Task with suggested words and the five answers', () => {
    const { task, serviceRequest } = made(ask);
    expect(serviceRequest).toBeUndefined();
    const answers = task.input?.flatMap(({ valueCoding }) =>
      valueCoding === undefined ? [] : [valueCoding.code],
    );
    expect(answers).toEqual(['paid-job', 'keep-or-change', 'unsure', 'volunteering-or-study', 'no']);
    const [entry] = renderMake(ask, refs).entry ?? [];
    expect(entry?.fullUrl).toMatch(/^urn:uuid:/);
    expect(entry?.fullUrl).not.toBe(task.identifier?.[0]?.value);
  });
});

describe('rendering a withdrawal', () => {
  const person = somebody().on('2026-03-02').answer('paid-job', '2026-03-01');
  person.decide();
  const [withdrawal] = person.on('2026-04-02').answer('no', '2026-04-01').decide();

  const rendered = (current: Parameters<typeof renderWithdrawal>[0], decision = withdrawal!) =>
    renderWithdrawal(current, decision, zone);

  it('revokes the proposal and cancels the Task, with the reason in words', () => {
    const [request, task] = rendered(made(proposal));
    expect([request?.status, task?.status]).toEqual(['revoked', 'cancelled']);
    expect(task).toMatchObject({ lastModified: '2026-04-02T09:00:00.000Z' });
    expect(task?.note?.at(-1)?.text).toBe(
      'Withdrawn on 2 April 2026: this no longer holds: has said they want a paid job, or help to keep or change one (said they do not want help with work, 1 April 2026). Nothing more needs to be done.',
    );
    expect(request?.note).toHaveLength(2);
  });

  it('leaves what somebody has taken up, with one note on the Task', () => {
    const current = made(proposal);
    const taken: Task = { ...current.task, status: 'accepted' };
    const [task, ...more] = rendered({ ...current, task: taken });
    expect(more).toEqual([]);
    expect(task).toMatchObject({
      resourceType: 'Task',
      status: 'accepted',
      note: [{ time: '2026-04-02T09:00:00.000Z' }],
    });
    expect(rendered({ task: { ...taken, note: [...(task?.note ?? [])] } })).toEqual([]);
  });

  it('completes rather than revokes what came true', () => {
    const changed = rendered(made(proposal), { ...withdrawal!, completed: true });
    expect(changed.map(({ status }) => status)).toEqual(['completed', 'cancelled']);
    const { serviceRequest, task } = made(proposal);
    const over = {
      serviceRequest: { ...serviceRequest!, status: 'completed' as const },
      task: { ...task, status: 'cancelled' as const },
    };
    expect(rendered(over, { ...withdrawal!, completed: true })).toEqual([]);
  });

  it('changes nothing where nothing stands or all is over', () => {
    expect(rendered({})).toEqual([]);
    expect(rendered({ task: { ...made(ask).task, status: 'rejected' } })).toEqual([]);
  });
});

describe('why and why-not', () => {
  it('why names rule, team, conditions, evidence and where it came from', () => {
    const text = explainDecision(proposal, zone).join('\n');
    expect(text).toContain('Made on 2 March 2026 by rule wants-work');
    expect(text).toContain('from rio: Observation/wants-work/paid-job/2026-03-01');
  });

  it('why-not names the nearest rule and the first condition that failed', () => {
    const answer = whyNot(somebody().on('2026-03-02').status('01', '2026-03-01').evaluations());
    expect(answer).toMatchObject({ outcome: 'nearest', stopped: { answer: 'false' } });
    expect(whyNotLines(answer, zone)[0]).toContain('of ');
  });

  it('why-not says what is not known, and why', () => {
    const person = somebody().on('2026-03-02').referral('NOWHERE').answer('paid-job', '2026-03-01');
    const text = whyNotLines(whyNot(person.evaluations().slice(0, 1)), zone).join('\n');
    expect(text).toContain('Nearest rule: wants-work');
    expect(text).toContain('ipsReferral is not known: there is an open referral to a team');
  });

  it('why-not says so when a rule holds, or none is loaded', () => {
    const person = somebody().on('2026-03-02').answer('paid-job', '2026-03-01');
    expect(whyNotLines(whyNot(person.evaluations()), zone)[0]).toContain('Rule wants-work holds');
    expect(whyNot(somebody().evaluations({ ...rules, rules: [] })).outcome).toBe('no-rules');
  });

  it('days are written as people write them, in the zone given', () => {
    expect(['2026', '2026-03', '2026-03-01', '2026-06-30T23:30:00Z'].map((day) => dayInWords(day, zone))).toEqual([
      '2026', 'March 2026', '1 March 2026', '1 July 2026',
    ]); // prettier-ignore
  });
});
