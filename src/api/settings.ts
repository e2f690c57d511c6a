// Settings of the HTTP side.
import { z } from 'zod';

export const httpSettings = z.strictObject({
  host: z.string().default('127.0.0.1').describe('Address to listen on'),
  port: z.int().min(0).max(65_535).default(8080).describe('Port to listen on; 0 takes any free one'),
  authentication: z
    .strictObject({
      issuer: z.string().min(1).describe('`iss` of accepted tokens'),
      audience: z.string().min(1).describe('`aud` of accepted tokens'),
      keys: z
        .union(
          [
            z
              .strictObject({ file: z.string().min(1) })
              .describe('A JWKS file, relative to the configuration folder'),
            z
              .strictObject({ url: z.url({ protocol: /^https$/, error: 'an https address' }) })
              .describe('The JWKS address of the issuer'),
          ],
          { error: '{ url: https://… }, or { file: … }' },
        )
        .describe('Public keys of the issuer'),
    })
    .optional()
    .describe(
      'Who may call the API, by signed bearer tokens; without it every route but the health ones answers 401',
    ),
});

export type HttpSettings = z.infer<typeof httpSettings>;
