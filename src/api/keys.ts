// Where the keys of token issuers come from: a JWKS file of the configuration, or the issuer's own address.
import { readFileSync } from 'node:fs';
import { createLocalJWKSet, createRemoteJWKSet } from 'jose';
import type { JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { BridgeError, errorCode } from '../errors.ts';

const setting = 'http.authentication.keys.file';
const jwks = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) });

/**
 * The issuer's public keys from a JWKS file (RFC 7517 §5).
 * @throws BridgeError `config/keys` where it cannot be read or is no JWKS
 */
export function keysFromFile(path: string): JWTVerifyGetKey {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = errorCode(cause) ?? 'unknown reason';
    throw new BridgeError('config/keys', `${setting}: ${path} cannot be read (${reason})`, { where: setting, cause }); // prettier-ignore
  }
  try {
    return createLocalJWKSet(jwks.parse(JSON.parse(text)));
  } catch (cause) {
    throw new BridgeError('config/keys', `${setting}: ${path} is no JWKS document with keys in it`, { where: setting, cause }); // prettier-ignore
  }
}

/** The issuer's keys from its JWKS address: at most one request in 30 s, each given up after 5 s. */
export function keysFromAddress(address: string): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(address), { cooldownDuration: 30_000, timeoutDuration: 5_000 });
}
