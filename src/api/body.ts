// Reads JSON bodies (RFC 8259), and refuses what two readers could understand differently or what wastes work: other
// character sets than UTF-8, the same key twice in one object, `__proto__`, nesting beyond 64, more than a megabyte.
import express from 'express';
import type { RequestHandler } from 'express';
import { BridgeError } from '../errors.ts';

const types = ['application/json', 'application/fhir+json'];
const deepest = 64;

/** Puts the parsed body into `request.body`; undefined where there is none, or one of another type. */
export function jsonBody(limit: string): RequestHandler[] {
  return [
    express.raw({ limit, type: types }),
    (request, _response, next) => {
      const bytes: unknown = request.body;
      if (!Buffer.isBuffer(bytes) || bytes.length === 0) {
        request.body = undefined;
        next();
        return;
      }
      const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(request.get('content-type') ?? '')?.[1];
      if (charset !== undefined && charset.toLowerCase() !== 'utf-8') {
        throw new BridgeError('unsupported/media-type', 'JSON is read in UTF-8 only');
      }
      request.body = parseJson(bytes);
      next();
    },
  ];
}

/** @throws BridgeError `parse/json`, `structure/depth`, `structure/duplicate-key`; none quotes the text */
function parseJson(bytes: Buffer): unknown {
  let text: string;
  let parsed: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    parsed = JSON.parse(text);
  } catch {
    throw new BridgeError('parse/json', 'the body is not JSON in UTF-8');
  }
  checkStructure(text);
  return parsed;
}

/** One token that matters here, of text that is known to be JSON: a string with what may follow a key, or a bracket. */
const token = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g;

function checkStructure(text: string): void {
  /** The keys of each object that is open, from the outside in; undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  for (const [found, colon] of text.matchAll(token)) {
    if (found === '{' || found === '[') {
      if (open.push(found === '{' ? new Set() : undefined) > deepest)
        throw new BridgeError('structure/depth', `the body is nested more than ${deepest} deep`);
    } else if (found === '}' || found === ']') open.pop();
    else if (colon !== undefined) addKey(open.at(-1), found.slice(0, -colon.length));
  }
}

function addKey(keys: Set<string> | undefined, literal: string): void {
  // Two ways of writing a key (`"a"` and `"\u0061"`) are one key.
  const key: unknown = JSON.parse(literal);
  if (keys === undefined || typeof key !== 'string') return;
  if (key === '__proto__') throw new BridgeError('structure/key', 'no key may be called __proto__');
  if (keys.has(key)) throw new BridgeError('structure/duplicate-key', 'an object holds the same key twice');
  keys.add(key);
}
