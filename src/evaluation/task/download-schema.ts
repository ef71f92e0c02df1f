import { z } from 'zod';
import { byteCount, duration, webAddress } from '../../config/quantity-schemas.ts';
import { sandboxPath } from './command-schema.ts';

/** Permission bits of a file that is written into the sandbox. */
export const fileMode = z
  .string()
  .regex(/^0?[0-7]{3}$/, { error: 'expected permission bits in quotes, such as "0644"' })
  .transform((digits) => Number.parseInt(digits, 8))
  .optional()
  .meta({ description: 'Permission bits in quotes. Default "0644".' });

/** A file from the web. This machine fetches it and the sandbox gets a copy: it needs no network for it. */
export const downloadSchema = z
  .strictObject({
    url: webAddress.meta({ description: 'Its host has to be allowed: --allow-download.' }),
    path: sandboxPath,
    sha256: z
      .string()
      .regex(/^[\da-f]{64}$/i, { error: 'expected a SHA-256 digest: 64 hexadecimal digits' })
      .transform((digest) => digest.toLowerCase())
      .optional()
      .meta({ description: 'The digest that the file must have.' }),
    maxSize: byteCount.optional().meta({ description: 'The most that is fetched. Default 64m.' }),
    timeout: duration.optional().meta({ description: 'How long it may take. Default 2m.' }),
    mode: fileMode,
  })
  .transform(({ maxSize: maxBytes, timeout: timeoutMs, ...rest }) => ({ ...rest, maxBytes, timeoutMs }));

export type Download = z.output<typeof downloadSchema>;
