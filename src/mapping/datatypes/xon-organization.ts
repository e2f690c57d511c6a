// XON and HD → who an organisation is (v2-to-FHIR guide, XON[Organization], HD[uri]). In England an organisation is known
// by its ODS code; other numbers count by their assigning authority.
import type { Reference } from '@medplum/fhirtypes';
import { systems } from '../../fhir/systems.ts';
import { boundedValue, longestPart } from '../bounds.ts';
import { note } from '../conversion.ts';
import type { Context } from '../conversion.ts';
import { isDeleted, textOf, whereOf } from '../field.ts';
import type { Field } from '../field.ts';

/** ODS codes of organisations and sites: 3 to 12 capitals and digits. */
const odsCode = /^[A-Z0-9]{3,12}$/;

/** `xon-organization`: a logical reference by XON.10 (else XON.3), and the name. */
export function xonOrganization([field]: readonly Field[], context: Context): Reference | null | undefined {
  if (field === undefined) return undefined;
  if (isDeleted(field)) return null;
  const part = (component: number): string | undefined =>
    boundedValue(field, { component }, longestPart, context) ?? undefined;
  const display = part(1);
  const value = part(10) ?? part(3);
  if (value === undefined && display === undefined) return undefined;
  const system = value === undefined ? undefined : organisationSystem(field, value, context);
  return {
    type: 'Organization',
    ...(value === undefined ? {} : { identifier: { ...(system === undefined ? {} : { system }), value } }),
    ...(display === undefined ? {} : { display }),
  };
}

function organisationSystem(field: Field, value: string, context: Context): string | undefined {
  const authority = textOf(field, { component: 6 });
  const stated = uriOf(
    textOf(field, { component: 6, subcomponent: 2 }),
    textOf(field, { component: 6, subcomponent: 3 }),
  );
  if (stated !== undefined) return stated;
  if ((authority === undefined || authority === 'ODS') && odsCode.test(value)) return systems.odsOrganisation;
  const where = whereOf(field, { component: authority === undefined ? 10 : 6 });
  note(context, 'code/unknown-organisation', where, 'no ODS code and no system by which it is known');
  return undefined;
}

/** `hd-uri`: HD.2 with a type that makes it a URI (ISO, UUID, URI, URL); a local name alone is none. */
export function hdUri([field]: readonly Field[], context: Context): string | null | undefined {
  if (field === undefined) return undefined;
  if (isDeleted(field)) return null;
  const id = boundedValue(field, { component: 2 }, longestPart, context) ?? undefined;
  const uri = uriOf(id, textOf(field, { component: 3 }));
  if (uri === undefined && id !== undefined) {
    const where = whereOf(field, { component: 2 });
    note(context, 'type/universal-id', where, 'no ISO, UUID or URI of the type that HD.3 names; not used');
  }
  return uri;
}

/** A universal id (HD.2) of its type (HD.3, HL7 table 0301) as a URI. */
function uriOf(id: string | undefined, type: string | undefined): string | undefined {
  if (id === undefined) return undefined;
  if (type === 'ISO') return /^[0-2](\.(0|[1-9]\d*))+$/.test(id) ? `urn:oid:${id}` : undefined;
  if (type === 'UUID') return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id) ? `urn:uuid:${id.toLowerCase()}` : undefined; // prettier-ignore
  return (type === 'URI' || type === 'URL') && /^[a-z][a-z\d+.-]*:\S+$/i.test(id) ? id : undefined;
}
