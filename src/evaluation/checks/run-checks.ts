import type { Screenshot } from '../../action/screenshot.ts';
import type { CheckResult } from '../../agent/run-ports.ts';
import { CancelledError, toMessage } from '../../errors.ts';
import type { Check, PlainCheck } from './check-schema.ts';
import { plainChecksOf } from './check-schema.ts';
import {
  type CheckContext,
  DEFAULT_CHECK_TIMEOUT_MS,
  failedToCheck,
  type Finding,
  scoreOf,
} from './check.ts';
import { findInBrowser } from './browser-check.ts';
import { findByCommand } from './command-check.ts';
import { findInArchive, findInDatabase, findInData, findInDocument, findInTable } from './content-checks.ts';
import { findInClipboard, findInMessage, findProcess, findWindow } from './desktop-checks.ts';
import { findInFile } from './file-check.ts';
import { findByJudge } from './judge-check.ts';
import { nameOf } from './name-of.ts';
import { findInImage, findOnScreen, type SeenScreen } from './picture-checks.ts';
import { findByScript } from './script-check.ts';
import { combine } from './combine.ts';

/** A check that says when it is too late by itself (a command that is killed) gets to say so. */
const TIMEOUT_MARGIN_MS = 2_000;

/**
 * Does every check, in order, whatever the ones before said. Screen checks see the screen as it was before the first check.
 * @throws CancelledError
 */
export async function runChecks(
  checks: readonly Check[],
  context: CheckContext,
): Promise<readonly CheckResult[]> {
  const screen = createScreen(context);
  await lookFirst(checks, screen);
  const results: CheckResult[] = [];
  for (const check of checks) {
    throwIfCancelled(context.signal);
    const startedAt = context.clock.now();
    const finding = await find(check, screen, context);
    throwIfCancelled(context.signal);
    const result = {
      name: nameOf(check),
      result: finding.result,
      detail: finding.detail,
      score: scoreOf(finding),
      weight: check.weight ?? 1,
      durationMs: context.clock.now() - startedAt,
    };
    results.push(result);
    context.onResult?.(result);
  }
  return results;
}

/** A command may open a window: what the agent left is read before any check. */
async function lookFirst(checks: readonly Check[], screen: SeenScreen): Promise<void> {
  const all = [...plainChecksOf(checks)].map(({ check }) => check);
  const looks = all.filter((check) => check.kind === 'screen');
  const isRead = looks.some(({ visible, notVisible }) => visible.length + notVisible.length > 0);
  // A fault is told by the checks that need it.
  if (all.some(({ kind }) => kind === 'screen' || kind === 'judge'))
    await screen.shot().catch(() => undefined);
  if (isRead) await screen.lines().catch(() => undefined);
}

async function find(check: Check, screen: SeenScreen, context: CheckContext): Promise<Finding> {
  if (!('checks' in check)) return await findInTime(check, screen, context);
  const findings: Finding[] = [];
  for (const inner of check.checks) {
    throwIfCancelled(context.signal);
    findings.push(await find(inner, screen, context));
  }
  const weights = check.checks.map(({ weight = 1 }) => weight);
  return combine(check.kind, findings, weights);
}

/** A check that crashes or hangs says nothing about the task: it is an error and not a failure. */
async function findInTime(check: PlainCheck, screen: SeenScreen, context: CheckContext): Promise<Finding> {
  const limitMs = (check.timeout ?? DEFAULT_CHECK_TIMEOUT_MS) + TIMEOUT_MARGIN_MS;
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(context.signal === undefined ? [] : [context.signal])]);
  const late = context.clock
    .sleep(limitMs, { signal })
    .then(() => failedToCheck(`it took longer than ${limitMs / 1000} s`));
  const found = findPlain(check, screen, { ...context, signal });
  try {
    return await Promise.race([found, late]);
  } catch (thrown) {
    return failedToCheck(toMessage(thrown));
  } finally {
    late.catch(() => undefined);
    found.catch(() => undefined);
    stop.abort();
  }
}

async function findPlain(check: PlainCheck, screen: SeenScreen, context: CheckContext): Promise<Finding> {
  switch (check.kind) {
    case 'command':
      return await findByCommand(check, context);
    case 'file':
      return await findInFile(check, context);
    case 'screen':
      return await findOnScreen(check, screen, context);
    case 'document':
      return await findInDocument(check, context);
    case 'data':
      return await findInData(check, context);
    case 'table':
      return await findInTable(check, context);
    case 'database':
      return await findInDatabase(check, context);
    case 'archive':
      return await findInArchive(check, context);
    case 'image':
      return await findInImage(check, context);
    case 'window':
      return await findWindow(check, context);
    case 'process':
      return await findProcess(check, context);
    case 'clipboard':
      return await findInClipboard(check, context);
    case 'message':
      return findInMessage(check, context);
    case 'script':
      return await findByScript(check, context);
    case 'browser':
      return await findInBrowser(check, context);
    case 'judge':
      return await findByJudge(check, { ...context, screenshot: screen.shot });
  }
}

/** Takes and reads one screenshot, at most once. */
function createScreen({ screenshot, readScreen, signal }: CheckContext): SeenScreen {
  let taken: Promise<Screenshot> | undefined;
  let lines: Promise<readonly string[]> | undefined;
  const shot = (): Promise<Screenshot> => (taken ??= screenshot());
  return {
    shot,
    lines: () => (lines ??= shot().then(async ({ png }) => await readScreen(png, { signal }))),
  };
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new CancelledError('cancelled', 'Cancelled.', { cause: signal.reason });
}
