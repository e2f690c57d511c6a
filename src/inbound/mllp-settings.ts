// The settings of one MLLP listener, as they stand in config/feeds/<id>.yaml.
import { z } from 'zod';
import { isTimeZone } from '../zone.ts';

const singleByteCharsets = [
  'windows-1250', 'windows-1251', 'windows-1252', 'windows-1253', 'windows-1254', 'windows-1255', 'windows-1256',
  'windows-1257', 'windows-1258', 'iso-8859-1', 'iso-8859-2', 'iso-8859-3', 'iso-8859-4', 'iso-8859-5',
  'iso-8859-6', 'iso-8859-7', 'iso-8859-8', 'iso-8859-9', 'iso-8859-15',
] as const; // prettier-ignore

const sender = z.strictObject({
  application: z.string().min(1).describe('MSH-3, whole or its first component; * for any'),
  facility: z.string().min(1).describe('MSH-4, whole or its first component; * for any'),
});

export const mllpSettings = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Address to listen on'),
  port: z.int().min(0).max(65_535).describe('Port to listen on; 0 takes any free one'),
  documents: z.boolean().default(false).describe('The feed carries documents: messages up to 40 MiB'),
  maxFrameBytes: z
    .int()
    .min(1_024)
    .max(512 * 1_048_576)
    .optional()
    .describe('Longest message in bytes; 1 MiB unless given, 40 MiB with documents'),
  frameTimeoutSeconds: z
    .number()
    .positive()
    .max(3_600)
    .default(30)
    .describe('A message that began must be whole within this time, or the connection is closed'),
  maxConnections: z.int().min(1).max(10_000).default(100),
  maxConnectionsPerAddress: z.int().min(1).max(10_000).default(50),
  acknowledge: z
    .enum(['as-asked', 'always'])
    .default('as-asked')
    .describe('as-asked honours MSH-15 and MSH-16; always answers AA or AR at once, whatever they say'),
  onStorageFailure: z
    .enum(['close', 'AE', 'AR'])
    .default('close')
    .describe('close gives no acknowledgement, so that the sender keeps the message and tries again'),
  senders: z.array(sender).min(1).describe('Who may send; everybody else is refused'),
  processingIds: z
    .array(z.string())
    .min(1)
    .default(['P'])
    .describe('Allowed MSH-11.1; an empty text allows messages without one'),
  charset: z
    .enum(['utf-8', ...singleByteCharsets])
    .default('utf-8')
    .describe('Of messages whose MSH-18 is empty'),
  fallbackCharset: z
    .enum(singleByteCharsets)
    .default('windows-1252')
    .describe('For bytes that are invalid in the declared character set'),
  zone: z
    .string()
    .default('Europe/London')
    .refine(isTimeZone, 'must be a time zone such as Europe/London')
    .describe('Of timestamps that carry no offset'),
});

export type MllpSettings = z.infer<typeof mllpSettings>;

const mebibyte = 1_048_576;

/** The longest message that the listener takes, in bytes. */
export function frameLimit(settings: Pick<MllpSettings, 'maxFrameBytes' | 'documents'>): number {
  return settings.maxFrameBytes ?? (settings.documents ? 40 * mebibyte : mebibyte);
}
