import { createHash } from 'node:crypto';
import { z } from 'zod';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

const opened = z.strictObject({ type: z.literal('opened'), runId: z.string(), gate: z.string() });

const decided = z.strictObject({
  type: z.literal('decided'),
  turn: z.number(),
  callId: z.string(),
  /** Place of the action in its call that was decided about. */
  index: z.number(),
  decision: z.enum(['approve', 'deny', 'terminate', 'pause']),
  by: z.string(),
  /** The account that the process ran under, where a person decided. */
  account: z.string().optional(),
  rule: z.string().optional(),
  reason: z.string().optional(),
  heldMs: z.number().optional(),
  /** SHA-256 of what was decided about: the picture's PNG, and the call and its checks as JSON with sorted keys. */
  shown: z.strictObject({ screenshot: hash, call: hash, checks: hash }),
});

/** Says how many entries came before it: what ends without it was cut off, or its run was killed. */
const closed = z.strictObject({ type: z.literal('closed'), outcome: z.string(), entries: z.number() });

const auditEvent = z.discriminatedUnion('type', [opened, decided, closed]);
export type AuditEvent = z.infer<typeof auditEvent>;
export type DecidedEvent = z.infer<typeof decided>;

/** One line of audit.jsonl. `previous` and `hash` chain it to the one before. */
export const auditEntry = z.strictObject({
  seq: z.number().int().nonnegative(),
  at: z.iso.datetime(),
  event: auditEvent,
  previous: hash,
  hash,
});
export type AuditEntry = z.infer<typeof auditEntry>;

/** What the first entry is chained to. */
export const ROOT = '0'.repeat(64);

/** SHA-256 of a value as JSON whose keys are sorted, so that it does not hang on who wrote them in which order. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(toCanonicalJson(value)).digest('hex');
}

/** The hash that seals an entry: over everything else in it. */
export function sealOf({ seq, at, event, previous }: Omit<AuditEntry, 'hash'>): string {
  return hashOf({ seq, at, event, previous });
}

function toCanonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
