import type { Usage } from '../model/model-client.ts';
import type { Cost } from '../model/prices/cost.ts';
import { formatUsd } from '../util/money.ts';

/** What a run may use. It ends as `limit-reached` before it would go beyond. */
export interface Limits {
  /** Model requests. */
  readonly turns: number;
  /** From the first look at the desktop to the last action, ms; time in which a person is waited for does not count. */
  readonly wallTimeMs: number;
  /** Input and output tokens together. */
  readonly tokens?: number;
  /** US dollars; needs a price for each turn. The turn that meets it is still carried out. */
  readonly budgetUsd?: number;
  /** Turns in a row that do the same and leave the same screen. */
  readonly repeats?: number;
}

/** What a run has used so far; no cost: it is not known. */
export interface Used {
  readonly turns: number;
  readonly usage: Usage;
  readonly costUsd?: Cost | undefined;
  readonly repeats?: number;
}

/** The limit that forbids another request, in words; undefined while there is room. */
export function reachedLimit(limits: Limits, used: Used): string | undefined {
  if (used.turns >= limits.turns) return `The limit of ${limits.turns} turns is reached.`;
  const tokens = used.usage.inputTokens + used.usage.outputTokens;
  if (limits.tokens !== undefined && tokens >= limits.tokens) {
    return `The limit of ${limits.tokens} tokens is reached (${tokens} used).`;
  }
  const spent = used.costUsd?.total;
  if (limits.budgetUsd !== undefined && spent !== undefined && spent >= limits.budgetUsd) {
    return `The budget of ${formatUsd(limits.budgetUsd)} is reached (${formatUsd(spent)} spent).`;
  }
  const { repeats = 0 } = used;
  if (limits.repeats !== undefined && repeats >= limits.repeats) {
    return `No progress: the same was done ${repeats} times in a row, and the screen stayed the same.`;
  }
  return undefined;
}
