import type { CheckResult } from '../agent/run-ports.ts';
import { CancelledError, toMessage } from '../errors.ts';
import type { Screenshot } from '../action/screenshot.ts';
import type { Sandbox } from '../sandbox/sandbox-driver.ts';
import type { Clock } from '../util/clock.ts';
import type { Check, CommandCheck, FileCheck, ScreenCheck } from './check-schema.ts';
import { hasText } from './screen-text.ts';
import { findFault, showText } from './text-rule.ts';

/** The lines of text on a PNG, in reading order. */
export type ScreenReader = (
  png: Uint8Array,
  options: { readonly signal?: AbortSignal | undefined },
) => Promise<readonly string[]>;

export interface CheckContext {
  readonly sandbox: Pick<Sandbox, 'exec' | 'readFile'>;
  /** The screen as the agent left it. */
  readonly screenshot: () => Promise<Screenshot>;
  readonly readScreen: ScreenReader;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  readonly onResult?: (result: CheckResult) => void;
}

/** Words and a verdict, before the time is known. */
interface Finding {
  readonly result: CheckResult['result'];
  readonly detail: string;
}

/**
 * Does every check, in order, whatever the ones before said. Screen checks see the screen as it was before the first check.
 * @throws CancelledError
 */
export async function runChecks(
  checks: readonly Check[],
  context: CheckContext,
): Promise<readonly CheckResult[]> {
  const readLines = createLineReader(context);
  // A command may open a window: what the agent left is read first.
  if (checks.some(({ kind }) => kind === 'screen')) await readLines().catch(() => []);
  const results: CheckResult[] = [];
  for (const check of checks) {
    throwIfCancelled(context.signal);
    const startedAt = context.clock.now();
    const finding = await find(check, context, readLines);
    throwIfCancelled(context.signal);
    const result = { name: nameOf(check), ...finding, durationMs: context.clock.now() - startedAt };
    results.push(result);
    context.onResult?.(result);
  }
  return results;
}

/** What a check is about, in words: its own name, or one made of what it says. */
export function nameOf(check: Check): string {
  if (check.name !== undefined) return check.name;
  switch (check.kind) {
    case 'command':
      return `command ${showText(check.command.shown)}`;
    case 'file':
      return `file ${check.path}`;
    case 'screen':
      return `screen ${[...check.visible, ...check.notVisible.map((text) => `without ${text}`)].join(', ')}`;
  }
}

type LineReader = () => Promise<readonly string[]>;

async function find(check: Check, context: CheckContext, readLines: LineReader): Promise<Finding> {
  try {
    switch (check.kind) {
      case 'command':
        return await findByCommand(check, context);
      case 'file':
        return await findInFile(check, context);
      case 'screen':
        return findOnScreen(check, await readLines());
    }
  } catch (thrown) {
    return { result: 'error', detail: `the check could not be done: ${toMessage(thrown)}` };
  }
}

async function findByCommand(check: CommandCheck, { sandbox, signal }: CheckContext): Promise<Finding> {
  const { command, timeoutMs } = check;
  const { exitCode, stdout, stderr } = await sandbox.exec(command.argv, { signal, timeoutMs });
  const said = { stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') };
  if (exitCode !== check.exitCode) {
    const output = said.stderr.trim() || said.stdout.trim();
    return failed(`expected exit code ${check.exitCode}; has ${exitCode}, and it said ${showText(output)}`);
  }
  for (const stream of ['stdout', 'stderr'] as const) {
    const rule = check[stream];
    const fault = rule === undefined ? undefined : findFault(said[stream], rule);
    if (fault !== undefined) return failed(`${stream}: ${fault}`);
  }
  return passed(
    `exit code ${exitCode}${check.stdout === undefined ? '' : `, and it said ${showText(said.stdout)}`}`,
  );
}

/** What a path is, without reading it: `file 12`, `folder`, `device`, `nothing`. */
const INSPECT =
  'if [ -d "$1" ]; then echo folder; elif [ -f "$1" ]; then echo "file $(stat -L -c %s -- "$1")"; ' +
  'elif [ -e "$1" ]; then echo device; else echo nothing; fi';
const MAX_FILE_BYTES = 16 * 1024 * 1024;

async function findInFile({ path, exists, rule }: FileCheck, context: CheckContext): Promise<Finding> {
  const { sandbox, signal } = context;
  const inspection = await sandbox.exec(['/bin/sh', '-c', INSPECT, 'inspect', path], { signal });
  const [kind, size] = inspection.stdout.toString('utf8').trim().split(' ');
  if (kind === undefined || kind === '') throw new Error(`${path} cannot be looked at`);
  if (kind === 'nothing')
    return exists ? failed(`expected ${path} to exist`) : passed(`${path} does not exist`);
  if (!exists) return failed(`expected ${path} not to exist`);
  if (rule === undefined) return passed(`${path} exists`);
  if (kind !== 'file') return failed(`expected ${path} to be a file; it is a ${kind}`);
  if (Number(size) > MAX_FILE_BYTES)
    throw new Error(`${path} has ${size} bytes; at most ${MAX_FILE_BYTES} are read`);
  const text = (await sandbox.readFile(path, { signal })).toString('utf8');
  const fault = findFault(text, rule);
  return fault === undefined ? passed(`${path} has ${showText(text)}`) : failed(`${path}: ${fault}`);
}

function findOnScreen({ visible, notVisible }: ScreenCheck, lines: readonly string[]): Finding {
  const missing = visible.filter((text) => !hasText(lines, text));
  const unwanted = notVisible.filter((text) => hasText(lines, text));
  const seen = `the screen has ${lines.length === 0 ? 'no text' : lines.map(showText).join(', ')}`;
  if (missing.length > 0)
    return failed(`expected ${missing.map(showText).join(', ')} to be visible; ${seen}`);
  if (unwanted.length > 0)
    return failed(`expected ${unwanted.map(showText).join(', ')} not to be visible; ${seen}`);
  const words = [visible, notVisible].map((texts) => texts.map(showText).join(', '));
  return passed(
    [words[0] && `visible: ${words[0]}`, words[1] && `not visible: ${words[1]}`].filter(Boolean).join('; '),
  );
}

/** Takes and reads one screenshot, at most once. */
function createLineReader({ screenshot, readScreen, signal }: CheckContext): LineReader {
  let lines: Promise<readonly string[]> | undefined;
  return () => {
    lines ??= screenshot().then(async ({ png }) => await readScreen(png, { signal }));
    return lines;
  };
}

function passed(detail: string): Finding {
  return { result: 'passed', detail };
}

function failed(detail: string): Finding {
  return { result: 'failed', detail };
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new CancelledError('cancelled', 'Cancelled.', { cause: signal.reason });
}
