import type { RunSummary } from './run-store.ts';

/** What is kept of old runs. A run goes when any rule that is set says so. */
export interface KeepRules {
  /** So many of the newest. */
  readonly newest?: number | undefined;
  /** What is younger, ms. */
  readonly youngerThanMs?: number | undefined;
  /** As many of the newest as fit in this, bytes. */
  readonly bytes?: number | undefined;
  /** Runs that did not go well stay, whatever the other rules say. */
  readonly keepsFailed?: boolean | undefined;
}

export interface Doomed {
  readonly run: RunSummary;
  readonly why: string;
}

/** Which runs go, oldest first. A run that may still be going on is never among them. */
export function toRemove(runs: readonly RunSummary[], rules: KeepRules, nowMs: number): readonly Doomed[] {
  const newestFirst = runs.toReversed();
  let bytes = 0;
  const doomed = newestFirst.flatMap((run, index): readonly Doomed[] => {
    bytes += run.bytes;
    if (mayGoOn(run, nowMs) || (rules.keepsFailed === true && !hasGoneWell(run))) return [];
    const why = reasonFor({ run, index, bytes }, rules, nowMs);
    return why === undefined ? [] : [{ run, why }];
  });
  return doomed.toReversed();
}

interface Ranked {
  readonly run: RunSummary;
  /** 0 is the newest. */
  readonly index: number;
  /** Of this and all newer ones. */
  readonly bytes: number;
}

function reasonFor({ run, index, bytes }: Ranked, rules: KeepRules, nowMs: number): string | undefined {
  const { newest, youngerThanMs, bytes: limit } = rules;
  if (newest !== undefined && index >= newest) return `not among the ${newest} newest`;
  const ageMs = run.startedAt === undefined ? 0 : nowMs - Date.parse(run.startedAt);
  if (youngerThanMs !== undefined && ageMs > youngerThanMs) return 'too old';
  if (limit !== undefined && bytes > limit) return 'beyond the size';
  return undefined;
}

/** A recording without an end, or without a beginning so far, that began within a day. */
function mayGoOn({ outcome, startedAt }: RunSummary, nowMs: number): boolean {
  const DAY_MS = 86_400_000;
  if ((outcome !== 'interrupted' && outcome !== 'unreadable') || startedAt === undefined) return false;
  return nowMs - Date.parse(startedAt) < DAY_MS;
}

function hasGoneWell({ outcome, verification }: RunSummary): boolean {
  return outcome === 'completed' && verification !== 'failed';
}
