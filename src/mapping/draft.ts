// A canonical resource while rows fill it: elements that were set, elements that are to be deleted.
import { isResource } from '@medplum/core';
import { BridgeError } from '../errors.ts';
import type { CanonicalResource, PersonKey } from '../fhir/canonical.ts';
import type { Choice } from './datatypes/dtm-datetime.ts';

export interface Draft {
  readonly resourceType: string;
  readonly sourceId: string;
  readonly elements: Record<string, unknown>;
  readonly clears: Set<string>;
  /** The segment maps that filled it; the same map again makes another resource. */
  readonly maps: Set<string>;
}

/** `gender`, `period.start` or `deceased[x]`. */
export interface Target {
  readonly path: string;
  readonly element: string;
  readonly part: string | undefined;
  readonly isChoice: boolean;
}

export function newDraft(resourceType: string, sourceId: string): Draft {
  return { resourceType, sourceId, elements: { resourceType }, clears: new Set(), maps: new Set() };
}

export function targetOf(path: string): Target {
  const isChoice = path.endsWith('[x]');
  const [element = path, part] = path.replace('[x]', '').split('.');
  return { path, element, part, isChoice };
}

/** Sets an element, or marks it to be deleted (null). A later row on the same element wins. */
export function setElement(draft: Draft, target: Target, value: unknown): void {
  const { elements, clears } = draft;
  if (value === null) {
    clears.add(target.path);
    return;
  }
  clears.delete(target.path);
  if (target.isChoice) {
    if (isChoice(value)) elements[value.element] = value.value;
  } else if (target.part === undefined) {
    elements[target.element] = value;
  } else {
    const whole = elements[target.element];
    const before = typeof whole === 'object' && whole !== null ? whole : {};
    elements[target.element] = { ...before, [target.part]: value };
  }
}

/** The finished canonical resource. */
export function canonicalOf(draft: Draft, person: PersonKey): CanonicalResource {
  const resource: unknown = draft.elements;
  if (!isResource(resource)) throw new BridgeError('internal/mapping', 'a mapping row made no resource');
  return { person, sourceId: draft.sourceId, resource, clears: [...draft.clears] };
}

function isChoice(value: unknown): value is Choice {
  return typeof value === 'object' && value !== null && 'element' in value && 'value' in value;
}
