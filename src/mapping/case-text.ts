// A case's result as its file holds it: JSON in which what fits on a line stands on one, so that a change shows as few
// lines, and a formatter that keeps to 110 columns has nothing to change.
import { isObject } from './cases.ts';

const lineWidth = 110;

/** A result as its file holds it: what fits on a line stands on one, so that a change shows as few lines. */
export function caseText(result: unknown): string {
  return `${written(result, 0, 0)}\n`;
}

/** `before` and `after`: how much else stands on the line. */
function written(value: unknown, indent: number, before: number): string {
  const onOne = inline(value);
  if (!mustBreak(value) && indent + before + onOne.length <= lineWidth) return onOne;
  const inner = ' '.repeat(indent + 2);
  if (Array.isArray(value)) {
    const items = value.map(
      (item: unknown, index) => `${inner}${written(item, indent + 2, comma(value, index))}`,
    );
    return `[\n${items.join(',\n')}\n${' '.repeat(indent)}]`;
  }
  if (!isObject(value)) return onOne;
  const items = Object.entries(value).map(([key, item], index, all) => {
    const name = `${JSON.stringify(key)}: `;
    return `${inner}${name}${written(item, indent + 2, name.length + comma(all, index))}`;
  });
  return `{\n${items.join(',\n')}\n${' '.repeat(indent)}}`;
}

/** All but the last are followed by a comma. */
function comma(all: readonly unknown[], index: number): number {
  return index === all.length - 1 ? 0 : 1;
}

function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const items = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${inline(item)}`);
  return items.length === 0 ? '{}' : `{ ${items.join(', ')} }`;
}

/** A list of several things that each hold several is read better one below the other. */
function mustBreak(value: unknown): boolean {
  if (Array.isArray(value)) {
    const several = value.length > 1 && value.every((item) => isObject(item) && Object.keys(item).length > 1);
    return several || value.some(mustBreak);
  }
  return isObject(value) && Object.values(value).some(mustBreak);
}
