import { isDeepStrictEqual } from 'node:util';
import type { ComputerCallResult, TaskBrief, TurnInput } from '../model-client.ts';
import type { RecordedRequest } from './cassette.ts';
import { type ScreenPrint, similarity, toScreenPrint } from './screen-print.ts';

/** A request as a cassette keeps it: everything but the pixels. */
export async function toRecordedRequest({ results, notes, screenshot }: TurnInput): Promise<RecordedRequest> {
  const screen = await toScreenPrint(screenshot);
  const printOf = async (result: ComputerCallResult): Promise<ScreenPrint> =>
    result.screenshot.sha256 === screen.sha256 ? screen : await toScreenPrint(result.screenshot);
  const recorded = results.map(async (result) => {
    const { callId, outcome } = result;
    if (result.type === 'function') return { callId, outcome, output: result.output };
    const acknowledgedSafetyChecks = [...result.acknowledgedSafetyChecks];
    return { callId, outcome, acknowledgedSafetyChecks, screen: await printOf(result) };
  });
  return { results: await Promise.all(recorded), notes: [...notes], screen };
}

/**
 * How a request differs from the one that was recorded in what cannot change any more, in words; undefined where it does
 * not: calls, their outcomes, acknowledged checks, notes, and the screens after all computer calls but the last. That one
 * has the present screen, see `describeOtherScreen`. What functions gave is recorded and not compared: times and process
 * ids are in it.
 */
export function describeDivergence(
  then: RecordedRequest,
  now: RecordedRequest,
  leastSimilarity: number,
): string | undefined {
  const structure = differenceOfCalls(then, now) ?? differenceOfNotes(then.notes, now.notes);
  if (structure !== undefined) return structure;
  const last = now.results.findLastIndex((result) => 'screen' in result);
  for (const [index, result] of now.results.slice(0, Math.max(0, last)).entries()) {
    const before = then.results[index];
    if (before === undefined || !('screen' in before) || !('screen' in result)) continue;
    const other = describeOtherScreen(before.screen, result.screen, leastSimilarity);
    if (other !== undefined) return `after the call ${result.callId}, ${other}`;
  }
  return undefined;
}

/** Screens are the same with equal hashes, or of the same size and similar enough. */
export function describeOtherScreen(
  then: ScreenPrint,
  now: ScreenPrint,
  leastSimilarity: number,
): string | undefined {
  const share = similarity(then, now);
  if (share >= leastSimilarity) return undefined;
  return `the screen is another: ${percent(share)} of it is the same, ${percent(leastSimilarity)} is asked`;
}

function differenceOfCalls(then: RecordedRequest, now: RecordedRequest): string | undefined {
  const [before, after] = [then.results.map(describeResult), now.results.map(describeResult)];
  if (JSON.stringify(before) === JSON.stringify(after)) return undefined;
  return `what became of the calls is ${listed(after)}, and was ${listed(before)}`;
}

function describeResult(result: RecordedRequest['results'][number]): string {
  const { callId, outcome } = result;
  if (!('screen' in result)) return `${callId} (a function) ${outcome}`;
  const checks = result.acknowledgedSafetyChecks.map(({ id }) => id).join(', ');
  return `${callId} ${outcome}${checks === '' ? '' : ` with ${checks} acknowledged`}`;
}

function differenceOfNotes(then: readonly string[], now: readonly string[]): string | undefined {
  if (JSON.stringify(then) === JSON.stringify(now)) return undefined;
  return `the model is told ${listed(now.map(quoted))}, and was told ${listed(then.map(quoted))}`;
}

const percent = (share: number): string => `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
const quoted = (text: string): string => `"${text}"`;
const listed = (parts: readonly string[]): string => (parts.length === 0 ? 'nothing' : parts.join('; '));

/** How a task differs from the one that was recorded, in words; undefined where it does not. */
export function describeForeignBrief(then: TaskBrief, now: TaskBrief): string | undefined {
  if (then.instruction.trim() !== now.instruction.trim()) {
    return `it was recorded for another task: ${quoted(firstLine(then.instruction))}`;
  }
  if (then.display.width !== now.display.width || then.display.height !== now.display.height) {
    const [before, after] = [then.display, now.display].map(({ width, height }) => `${width}x${height}`);
    return `it was recorded on a display of ${before}, and this one has ${after}`;
  }
  if (then.environment !== now.environment) {
    return `it was recorded on ${then.environment}, and this is ${now.environment}`;
  }
  if (isDeepStrictEqual(offeredBy(then), offeredBy(now))) return undefined;
  return `it was recorded with ${namesOf(then)}, and this run has ${namesOf(now)}`;
}

function offeredBy({ functions = [] }: TaskBrief): readonly object[] {
  return functions.map(({ name, parameters }) => ({ name, parameters }));
}

function namesOf({ functions = [] }: TaskBrief): string {
  const names = functions.map(({ name }) => name).join(', ');
  return names === '' ? 'no functions' : `the functions ${names}`;
}

function firstLine(text: string): string {
  const [line = '', ...more] = text.trim().split('\n');
  return more.length > 0 || line.length > 80 ? `${line.slice(0, 80)}…` : line;
}
