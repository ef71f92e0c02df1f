import type { z } from 'zod';
import { trajectoryLine } from './trajectory.ts';
import type { TrajectoryLine } from './trajectory.ts';

type Recordable =
  { readonly ok: true; readonly line: TrajectoryLine } | { readonly ok: false; readonly problems: string };

/**
 * The line as its reader will accept it. Members that the schema does not know are left out, since a value may
 * have more than its type says; whatever else does not fit is told.
 */
export function toRecordable(line: TrajectoryLine): Recordable {
  const parsed = trajectoryLine.safeParse(line);
  if (parsed.success) return { ok: true, line };
  const unknown = parsed.error.issues.filter((issue) => issue.code === 'unrecognized_keys');
  if (unknown.length === 0) return { ok: false, problems: describe(parsed.error) };
  // Through JSON, so that what two members share is cut from one of them only.
  const copy: TrajectoryLine = JSON.parse(JSON.stringify(line));
  for (const { path, keys } of unknown) {
    const owner = path.reduce((value: unknown, key) => memberOf(value, key), copy);
    if (typeof owner === 'object' && owner !== null)
      for (const key of keys) Reflect.deleteProperty(owner, key);
  }
  const again = trajectoryLine.safeParse(copy);
  return again.success ? { ok: true, line: copy } : { ok: false, problems: describe(again.error) };
}

function memberOf(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function describe(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
}
