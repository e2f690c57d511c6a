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
  /** What rows set that read no field: an element whose value is deleted goes back to it. */
  readonly fixed: Map<string, unknown>;
  /** Elements that so far were only implied. */
  readonly assumed: Set<string>;
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
  return {
    resourceType,
    sourceId,
    elements: { resourceType },
    clears: new Set(),
    fixed: new Map(),
    assumed: new Set(),
    maps: new Set(),
  };
}

export function targetOf(path: string): Target {
  const isChoice = path.endsWith('[x]');
  const [element = path, part] = path.replace('[x]', '').split('.');
  return { path, element, part, isChoice };
}

/**
 * Sets an element, or marks it to be deleted (null). A later row on the same element wins, but for one that only
 * implies it.
 */
export function setElement(draft: Draft, target: Target, value: unknown, assumed = false): void {
  const { elements, clears } = draft;
  if (assumed) {
    if (value === null || target.element in elements) return;
    draft.assumed.add(target.element);
  } else draft.assumed.delete(target.element);
  if (value === null && draft.fixed.has(target.path)) {
    draft.elements[target.element] = draft.fixed.get(target.path);
    return;
  }
  if (value === null) {
    unset(draft, target);
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

/** Sets an element to what a row says without reading a field. */
export function setFixed(draft: Draft, target: Target, value: unknown, assumed = false): void {
  setElement(draft, target, value, assumed);
  if (value === null) draft.fixed.delete(target.path);
  else if (target.part === undefined && !target.isChoice && !assumed) draft.fixed.set(target.path, value);
}

/** Takes back what an earlier row set: a value beside its own deletion would win over it. */
function unset({ elements }: Draft, { element, part, isChoice }: Target): void {
  if (isChoice) return;
  const whole = elements[element];
  const parts =
    typeof whole === 'object' && whole !== null && part !== undefined ? Object.entries(whole) : [];
  const rest = parts.filter(([name]) => name !== part);
  if (rest.length === 0) Reflect.deleteProperty(elements, element);
  else elements[element] = Object.fromEntries(rest);
}

/** The finished canonical resource. */
export function canonicalOf(draft: Draft, person: PersonKey): CanonicalResource {
  const resource: unknown = draft.elements;
  if (!isResource(resource)) throw new BridgeError('internal/mapping', 'a mapping row made no resource');
  const { sourceId, clears, assumed } = draft;
  return {
    person,
    sourceId,
    resource,
    clears: [...clears],
    ...(assumed.size === 0 ? {} : { assumed: [...assumed] }),
  };
}

function isChoice(value: unknown): value is Choice {
  return typeof value === 'object' && value !== null && 'element' in value && 'value' in value;
}
