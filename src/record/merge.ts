// One resource as a message states it, laid over what the record holds: absent keeps, `clears` deletes, a value sets;
// lists are replaced whole. Partial objects that several fields fill (period, meta) are merged part by part.
import { isResource } from '@medplum/core';
import type { Resource } from '@medplum/fhirtypes';
import { BridgeError } from '../errors.ts';
import type { Finding } from '../errors.ts';
import type { CanonicalResource } from '../fhir/canonical.ts';

type Elements = Record<string, unknown>;

const mergedByPart: ReadonlySet<string> = new Set(['period', 'occurrencePeriod', 'meta']);
/** Elements of which FHIR allows one type at a time (`deceased[x]`). */
const choices = ['deceased', 'effective', 'value'];

/** The resource that results; `base` is undefined where the record holds none. */
export function mergeOnto(base: Resource | undefined, incoming: CanonicalResource): Resource {
  const elements: Elements = { ...base };
  for (const path of incoming.clears) clearElement(elements, path);
  for (const [name, value] of Object.entries(incoming.resource)) {
    for (const sibling of choiceSiblings(elements, name)) remove(elements, sibling);
    const whole = elements[name];
    const byPart = mergedByPart.has(name) && isObject(whole) && isObject(value);
    elements[name] = byPart ? { ...whole, ...value } : value;
  }
  return asResource(elements);
}

/** The resource with some elements set or, where the value is undefined, removed. */
export function withElements(resource: Resource, changes: Readonly<Elements>): Resource {
  const elements: Elements = { ...resource };
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) remove(elements, name);
    else elements[name] = value;
  }
  return asResource(elements);
}

/** A finding on a resource of a message; of its id only what stands before the first `/` is told. */
export function about(item: CanonicalResource, kind: Finding['kind'], message: string): Finding {
  return { kind, where: `${item.resource.resourceType}/${item.sourceId.split('/')[0] ?? ''}`, message };
}

/** Deletes `gender`, `period.end` or every type of `deceased[x]`. */
function clearElement(elements: Elements, path: string): void {
  if (path.endsWith('[x]')) {
    const prefix = path.slice(0, -'[x]'.length);
    for (const name of Object.keys(elements).filter((key) => isChoiceOf(prefix, key))) remove(elements, name);
    return;
  }
  const [name = path, part] = path.split('.');
  const whole = elements[name];
  if (part === undefined || !isObject(whole)) {
    remove(elements, name);
    return;
  }
  const rest = Object.fromEntries(Object.entries(whole).filter(([key]) => key !== part));
  if (Object.keys(rest).length === 0) remove(elements, name);
  else elements[name] = rest;
}

function choiceSiblings(elements: Elements, name: string): string[] {
  const prefix = choices.find((choice) => isChoiceOf(choice, name));
  if (prefix === undefined) return [];
  return Object.keys(elements).filter((key) => key !== name && isChoiceOf(prefix, key));
}

function isChoiceOf(prefix: string, name: string): boolean {
  return name.startsWith(prefix) && /^[A-Z]/.test(name.slice(prefix.length));
}

function remove(elements: Elements, name: string): void {
  Reflect.deleteProperty(elements, name);
}

function isObject(value: unknown): value is Elements {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asResource(elements: unknown): Resource {
  if (isResource(elements)) return elements;
  throw new BridgeError('internal/record', 'a merge made no resource');
}
