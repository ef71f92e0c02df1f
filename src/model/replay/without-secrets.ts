import type { Secrets } from '../responses/secrets.ts';

/** The same value with every secret masked in every text of it, at any depth. */
export function withoutSecrets<T>(value: T, secrets: Secrets): T;
export function withoutSecrets(value: unknown, secrets: Secrets): unknown {
  if (typeof value === 'string') return secrets.mask(value);
  if (Array.isArray(value)) return value.map((part: unknown) => withoutSecrets(part, secrets));
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, part]) => [name, withoutSecrets(part, secrets)]);
  return Object.fromEntries(fields);
}
