// Bearer tokens (RFC 6750, RFC 7519), checked before any body is read. Only asymmetric signatures are accepted, and
// keys come from configuration alone: a token's own jku, jwk or x5u is never followed.
import type { RequestHandler } from 'express';
import { errors, jwtVerify } from 'jose';
import type { JWTVerifyGetKey } from 'jose';
import { BridgeError, asBridgeError } from '../errors.ts';
import type { Log } from '../log.ts';

/** RFC 7518 §3.1, RFC 8037: signatures only, no shared secrets, no `none`. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const longestToken = 8_192;

export interface TokenRules {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: JWTVerifyGetKey;
}

/**
 * Answers 401 unless the request bears a valid token; `response.locals.subject` is then who calls, and `scopes` what the
 * token allows.
 */
export function authenticate(rules: TokenRules | undefined, log: Log): RequestHandler {
  return async (request, response, next) => {
    const refuse = (message: string): void => {
      response.set('WWW-Authenticate', 'Bearer');
      next(new BridgeError('unsupported/unauthenticated', message));
    };
    const [scheme = '', token = ''] = (request.get('authorization') ?? '').split(' ');
    if (rules === undefined) {
      refuse('no authentication is configured (http.authentication), so the API is closed');
      return;
    }
    if (scheme.toLowerCase() !== 'bearer' || token === '') {
      refuse('a bearer token is needed');
      return;
    }
    if (token.length > longestToken) {
      refuse('the token is too long');
      return;
    }
    try {
      const { payload } = await jwtVerify(token, rules.keys, {
        algorithms,
        issuer: rules.issuer,
        audience: rules.audience,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: 5,
      });
      // A claim of another type would be read as the same name for everybody (RFC 7519 §4.1.2: a string).
      if (typeof payload.sub !== 'string' || payload.sub === '') {
        refuse('the token names nobody');
        return;
      }
      response.locals['subject'] = payload.sub;
      response.locals['scopes'] = typeof payload['scope'] === 'string' ? payload['scope'].split(' ') : [];
      next();
    } catch (thrown) {
      log.warn('token-refused', { message: whyRefused(thrown) });
      refuse('the token is not valid here');
    }
  };
}

/** For the log only: a caller is not told what a valid token would look like. Names claims, never their values. */
function whyRefused(thrown: unknown): string {
  if (thrown instanceof errors.JWTExpired || thrown instanceof errors.JWTClaimValidationFailed)
    return `the claim ${thrown.claim} is missing, has expired or is not what http.authentication asks for`;
  if (thrown instanceof errors.JOSEError) return `the token or its key cannot be used (${thrown.code})`;
  return asBridgeError(thrown, 'unsupported/token').message;
}
