// XCN and the local team component → logical references (v2-to-FHIR guide, XCN[Practitioner]): an identifier by which
// the EPR knows them, and a name to show. Whether a role is held follows from ROL-2 and ROL-6.
import type { Reference } from '@medplum/fhirtypes';
import { note, staffAuthorities } from '../conversion.ts';
import type { Context } from '../conversion.ts';
import { textOf, whereOf } from '../field.ts';
import type { Field } from '../field.ts';
import { hasPassed } from './dtm-datetime.ts';

/** `xcn-practitioner` (ROL-4): XCN.1 in the staff system of XCN.9. */
export function xcnPractitioner([field]: readonly Field[], context: Context): Reference | undefined {
  const value = field === undefined ? undefined : textOf(field, { component: 1 });
  if (field === undefined || value === undefined) return undefined;
  const authority = textOf(field, { component: 9 });
  const system = context.authorities.systemOf('staff', authority);
  if (system === undefined) {
    const where = whereOf(field, { component: 9 });
    if (authority !== undefined)
      context.unknownCodes.push({ table: staffAuthorities, code: authority, where });
    note(
      context,
      'code/unknown-staff-authority',
      where,
      'no staff authority of codes/assigning-authorities.csv',
    );
  }
  const name = [6, 3, 2].flatMap((component) => textOf(field, { component }) ?? []).join(' ');
  return {
    type: 'Practitioner',
    identifier: { ...(system === undefined ? {} : { system }), value },
    ...(name === '' ? {} : { display: name }),
  };
}

/** `id-role-active` (ROL-2, ROL-6): held until a deletion (DE), an unlinking (UN) or an end that has passed. */
export function idRoleActive(fields: readonly Field[], context: Context): boolean | undefined {
  const [action, end] = fields;
  if (action === undefined || end === undefined) return undefined;
  const code = textOf(action);
  return code !== 'DE' && code !== 'UN' && !hasPassed(end, context, true);
}

/** `team` (ZTM-3): `<local id>^<name>`; a team that codes/teams.csv does not know is noted, and kept. */
export function team([field]: readonly Field[], context: Context): readonly Reference[] | undefined {
  const value = field === undefined ? undefined : textOf(field, { component: 1 });
  if (field === undefined || value === undefined) return undefined;
  const known = context.teams.find(value);
  if (known === undefined) {
    const where = whereOf(field);
    note(context, 'code/unknown-team', where, 'not in codes/teams.csv');
    context.unknownCodes.push({ table: 'teams', code: value, where });
  }
  const display = textOf(field, { component: 2 }) ?? known?.name;
  return [
    {
      type: 'CareTeam',
      identifier: { system: context.teams.teamSystem, value },
      ...(display === undefined ? {} : { display }),
    },
  ];
}
