// What stands in a person's record at the sandbox's EPR, found by whom it is about and by our own identifier.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Bundle, CapabilityStatement, DocumentReference, Flag } from '@medplum/fhirtypes';
import { startEpr } from '../../../src/sandbox/epr/epr.ts';
import type { Epr } from '../../../src/sandbox/epr/epr.ts';

const identifier = [{ system: 'urn:ietf:rfc:3986', value: 'urn:uuid:0b0c9a7e-6c7d-4a55-9a3e-2f1d5c4b3a21' }];
const note: DocumentReference = {
  resourceType: 'DocumentReference',
  id: 'n1',
  identifier,
  status: 'current',
  subject: { reference: 'Patient/p1' },
  content: [{ attachment: { contentType: 'text/plain', data: 'VGVhIQ==' } }],
};
const flag: Flag = {
  resourceType: 'Flag',
  id: 'f1',
  identifier,
  status: 'active',
  code: { text: 'No employment goal or conversation recorded' },
  subject: { reference: 'Patient/p1' },
};

let epr: Epr;
beforeAll(async () => {
  epr = await startEpr({ port: 0 });
  const other = { subject: { reference: 'Patient/p2' }, identifier: [] };
  await epr.load([note, flag, { ...note, ...other, id: 'n2' }, { ...flag, ...other, id: 'f2' }]);
});
afterAll(() => epr.close());

it.each([
  ['DocumentReference', `identifier=${identifier[0]?.system}|${identifier[0]?.value}`, 'n1'],
  ['DocumentReference', 'patient=Patient/p1', 'n1'],
  ['DocumentReference', 'subject=Patient/p2&status=current', 'n2'],
  ['Flag', `identifier=${identifier[0]?.system}|${identifier[0]?.value}`, 'f1'],
  ['Flag', 'patient=Patient/p1', 'f1'],
  ['Flag', 'patient=p2', 'f2'],
])('%s is found by %s', async (type, form, id) => {
  const response = await fetch(`${epr.url}/${type}/_search`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form),
  });
  const { entry } = (await response.json()) as Bundle;
  expect(entry?.map(({ resource }) => resource?.id)).toEqual([id]);
});

it('the capability statement names only searches that a type knows', async () => {
  const statement = (await (await fetch(`${epr.url}/metadata`)).json()) as CapabilityStatement;
  const searches = (type: string) =>
    statement.rest?.[0]?.resource?.find((each) => each.type === type)?.searchParam?.map(({ name }) => name);
  expect(searches('DocumentReference')).toEqual(['_id', 'identifier', 'patient', 'subject', 'status']);
  expect(searches('Flag')).toEqual(['_id', 'identifier', 'patient', 'subject']);
  expect(searches('Practitioner')).toEqual(['_id', 'identifier']);
});
