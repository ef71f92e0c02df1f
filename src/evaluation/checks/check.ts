import { z } from 'zod';
import type { Screenshot } from '../../action/screenshot.ts';
import type { CheckResult } from '../../agent/run-ports.ts';
import { duration } from '../../config/quantity-schemas.ts';
import type { ModelClient } from '../../model/model-client.ts';
import type { Cookie } from '../../sandbox/browser/browser.ts';
import type { Sandbox } from '../../sandbox/sandbox-driver.ts';
import type { Clock } from '../../util/clock.ts';
import type { ReadContent } from '../content/content.ts';

/** Fields that every check may have. */
export const commonFields = {
  name: z.string().min(1).optional().meta({ description: 'What is checked, in words, for reports.' }),
  weight: z.number().min(0).optional().meta({
    description: 'How much it counts in the score beside the checks next to it; 0: not at all. Default 1.',
  }),
  timeout: duration.optional().meta({ description: 'How long it may take. Default 30s.' }),
};

export interface CommonFields {
  readonly name?: string | undefined;
  readonly weight?: number | undefined;
  readonly timeout?: number | undefined;
}

export const DEFAULT_CHECK_TIMEOUT_MS = 30_000;

/** The lines of text on a PNG, in reading order. */
export type ScreenReader = (
  png: Uint8Array,
  options: { readonly signal?: AbortSignal | undefined },
) => Promise<readonly string[]>;

/** A file beside the task file that a check names. */
export interface TaskAsset {
  /** Absolute, on this machine. */
  readonly path: string;
  readonly content: Uint8Array;
}

/** A browser as a check sees it. */
export interface PageReader {
  currentUrl(): Promise<string | undefined>;
  evaluate(expression: string): Promise<unknown>;
  cookies(): Promise<readonly Cookie[]>;
}

export interface CheckContext {
  readonly sandbox: Pick<Sandbox, 'exec' | 'readFile' | 'writeFiles' | 'name'>;
  /** The screen as the agent left it. */
  readonly screenshot: () => Promise<Screenshot>;
  readonly readScreen: ScreenReader;
  readonly readContent: ReadContent;
  /** By the name in the task file. */
  readonly assets: ReadonlyMap<string, TaskAsset>;
  /** The browser of the task, where it has one. */
  readonly browser?: PageReader | undefined;
  /** What the model said last. */
  readonly finalMessage: string | undefined;
  /** The model that decides where a check asks one; none unless somebody names it. */
  readonly judge?: ModelClient | undefined;
  /** Whether a check may run a script on this machine. */
  readonly allowsHostScripts: boolean;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  readonly onResult?: (result: CheckResult) => void;
}

/** Words and a verdict, before the time is known. */
export interface Finding {
  readonly result: CheckResult['result'];
  readonly detail: string;
  /** 0 to 1; that of the result where absent. */
  readonly score?: number;
}

export function passed(detail: string): Finding {
  return { result: 'passed', detail };
}

export function failed(detail: string): Finding {
  return { result: 'failed', detail };
}

export function failedToCheck(detail: string): Finding {
  return { result: 'error', detail: `the check could not be done: ${detail}` };
}

export function scoreOf({ result, score }: Finding): number {
  return score ?? (result === 'passed' ? 1 : 0);
}

/** The file beside the task file. It was read with the task, so it is there. */
export function requireAsset({ assets }: CheckContext, name: string): TaskAsset {
  const asset = assets.get(name);
  if (asset === undefined) throw new Error(`there is no file ${name} beside the task file`);
  return asset;
}
