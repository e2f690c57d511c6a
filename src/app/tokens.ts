// Who may call the API, as the configuration says.
import { resolve } from 'node:path';
import type { TokenRules } from '../api/authenticate.ts';
import { keysFromAddress, keysFromFile } from '../api/keys.ts';
import type { Config } from '../config.ts';

/**
 * Who may call the API; undefined where nobody may.
 * @throws BridgeError `config/keys` where the keys cannot be read
 */
export function tokensOf(config: Config): TokenRules | undefined {
  const { authentication } = config.http;
  if (authentication === undefined) return undefined;
  const { issuer, audience, keys } = authentication;
  const read = 'url' in keys ? keysFromAddress(keys.url) : keysFromFile(resolve(config.folder, keys.file));
  return { issuer, audience, keys: read };
}
