// Loads `fhir-to-hl7v2/*.yaml`: how each act of ours is written as an HL7v2 message.
import { BridgeError } from '../../errors.ts';
import type { Finding } from '../../errors.ts';
import { parseYaml } from '../../yaml.ts';
import type { CodeTable } from '../codes.ts';
import type { MappingTree } from '../tree.ts';
import { compileOutbound } from './compile.ts';
import type { OutboundMap } from './compile.ts';
import { outboundConversions } from './conversions.ts';
import { outboundActs, outboundSchema } from './schema.ts';
import type { OutboundAct } from './schema.ts';

/** How one act is written. */
export interface OutboundMessage {
  /** Its trigger event: `T02`. */
  readonly event: string;
  readonly map: OutboundMap;
}

const prefix = 'fhir-to-hl7v2/';

/** Every act that the set can write. Faults are added to `faults`. */
export function loadOutbound(
  tree: MappingTree,
  tables: ReadonlyMap<string, CodeTable>,
  faults: Finding[],
): ReadonlyMap<OutboundAct, OutboundMessage> {
  const schema = outboundSchema({ conversions: [...outboundConversions.keys()], tables: [...tables.keys()] });
  const messages = new Map<OutboundAct, OutboundMessage>();
  for (const [path, { file, text }] of tree) {
    if (!path.startsWith(prefix) || !path.endsWith('.yaml')) continue;
    try {
      const content = parseYaml(file, text, schema);
      const map = compileOutbound(path, content, tables);
      for (const act of outboundActs) {
        const event = content.events[act];
        if (event === undefined) continue;
        if (messages.has(act)) {
          const message = `what is done for "${act}" is told by two files`;
          faults.push({ kind: 'config/invalid', where: file, message });
        }
        messages.set(act, { event, map });
      }
    } catch (thrown) {
      if (!(thrown instanceof BridgeError)) throw thrown;
      faults.push(...thrown.findings);
    }
  }
  return messages;
}
