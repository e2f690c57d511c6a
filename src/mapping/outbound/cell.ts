// What stands in one HL7v2 field that we write: repetitions of components of subcomponents, as plain text. Separators
// and escapes come in only when it is written, so that no value can reach out of its place (R22).
import { encodeText } from '../../hl7v2/escape.ts';
import { standardSeparators } from '../../hl7v2/separators.ts';

/** Subcomponents; most components have one. */
type Component = readonly string[];
/** Repetitions of components; no repetition: nothing is sent. */
export type Cell = readonly (readonly Component[])[];

/** A cell of one plain text; of nothing where the text is empty or unknown. */
export function cellOfText(text: string | undefined): Cell {
  return text === undefined || text === '' ? [] : [[[text]]];
}

/** One repetition of plain components, those not known left empty. */
export function repetition(...components: readonly (string | undefined)[]): readonly Component[] {
  return components.map((component) => [component ?? '']);
}

export function isEmpty(cell: Cell): boolean {
  return cell.every((components) => components.every((parts) => parts.every((part) => part === '')));
}

/** The cell with one component of its first repetition set; components count from 1. */
export function withComponent(cell: Cell, component: number, value: Component): Cell {
  const [first = [], ...others] = cell;
  const length = Math.max(first.length, component);
  const components = Array.from({ length }, (_, at) => (at === component - 1 ? value : (first[at] ?? [''])));
  return [components, ...others];
}

/** The field as it is sent, every part escaped, nothing trailing. */
export function writeCell(cell: Cell): string {
  const { component, repetition: between, subcomponent } = standardSeparators;
  return cell
    .map((components) => {
      const written = components.map((parts) => parts.map((part) => encodeText(part)).join(subcomponent));
      return withoutTrailing(written).join(component);
    })
    .join(between);
}

/** Without the empty parts at the end. */
export function withoutTrailing(parts: readonly string[]): readonly string[] {
  return parts.slice(0, parts.findLastIndex((part) => part !== '') + 1);
}
