import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { InputError, isDeskhandError, toMessage } from '../../errors.ts';
import type { Clock } from '../../util/clock.ts';
import type { Size } from '../../util/geometry.ts';
import { VERSION } from '../../version.ts';
import { createFileRecorder } from '../file-recorder.ts';
import { writeResult } from '../result.ts';
import { createRunFolder, type RunFolder } from '../run-folder.ts';
import { removeRun } from '../run-store.ts';
import { toStorageError } from '../storage-error.ts';
import { TRAJECTORY_VERSION } from '../trajectory.ts';
import { parseChatExample } from './chat-messages.ts';
import { toEvents, type ToldRun } from './dialogue-events.ts';
import type { ExportFormat } from './export-run.ts';
import { IMPORTED } from './imported.ts';
import { parseResponsesItems, type ReadBack } from './responses-items.ts';

export interface ImportRunOptions {
  readonly format: ExportFormat;
  /** The folder that holds all runs. */
  readonly runsFolder: string;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

interface Picture extends Size {
  readonly png: Uint8Array;
  readonly sha256: string;
}

/**
 * Makes a run folder of what `exportRun` wrote. It tells what was said, done and seen; no times, decisions or desktop.
 * `leftOut`: how many pictures are not in the file itself, or no PNG.
 * @throws InputError invalid-file when the file is no such export; StorageError read-failed, write-failed, disk-full
 */
export async function importRun(
  path: string,
  options: ImportRunOptions,
): Promise<{ readonly folder: RunFolder; readonly leftOut: number }> {
  const { format, runsFolder, clock, signal } = options;
  const text = await readFile(path, { encoding: 'utf8', signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw toStorageError(error, `read ${path}`, { code: 'read-failed' });
  });
  const back = parse(text, path, format);
  const pictures = await measure(back, path);
  const [first] = pictures;
  if (first === undefined) {
    throw new InputError(
      'invalid-file',
      `${path} shows no screen: it holds no picture as a data: URL of a PNG.`,
    );
  }
  const told = toEvents(back.dialogue, first.sha256);
  const folder = await createRunFolder({ parent: runsFolder, clock });
  const display = { width: first.width, height: first.height };
  try {
    await record(folder, { told, pictures, display, options });
    await writeResult(folder, { signal });
  } catch (error) {
    await removeRun(folder);
    throw error;
  }
  return { folder, leftOut: back.leftOut };
}

function parse(text: string, path: string, format: ExportFormat): ReadBack {
  try {
    const back = format === 'chat' ? parseChatExample(text) : parseResponsesItems(text);
    if (back.dialogue.length > 0) return back;
  } catch (error) {
    if (!isDeskhandError(error)) throw error;
    throw new InputError('invalid-file', `${path}: ${error.message}`, {
      cause: error,
      hint: `--format ${format} reads what \`deskhand runs export --format ${format}\` writes.`,
    });
  }
  throw new InputError('invalid-file', `${path} is empty.`);
}

async function measure({ pictures }: ReadBack, path: string): Promise<readonly Picture[]> {
  const measured: Picture[] = [];
  for (const [sha256, png] of pictures) {
    const { width, height } = await sharp(png)
      .metadata()
      .catch((cause: unknown) => {
        const why = `picture ${measured.length + 1} is not a PNG: ${toMessage(cause)}`;
        throw new InputError('invalid-file', `${path}: ${why}.`, { cause });
      });
    measured.push({ png, sha256, width, height });
  }
  return measured;
}

interface Recorded {
  readonly told: ToldRun;
  readonly pictures: readonly Picture[];
  readonly display: Size;
  readonly options: ImportRunOptions;
}

async function record(folder: RunFolder, { told, pictures, display, options }: Recorded): Promise<void> {
  const { clock, format } = options;
  const { instruction, events, turns, steps, finalMessage } = told;
  await using recorder = await createFileRecorder({ folder, clock });
  recorder.record({
    type: 'run-started',
    version: TRAJECTORY_VERSION,
    runId: folder.runId,
    task: { instruction },
    model: { provider: IMPORTED, name: 'not told', tool: 'computer' },
    gate: 'not told',
    display,
    limits: { turns, wallTimeMs: 0 },
    settings: { 'import.format': format },
    seeds: {},
    versions: { deskhand: VERSION },
  });
  recorder.record({
    type: 'warning',
    code: IMPORTED,
    message: 'This run was read from an export, which tells no times, no decisions and no desktop.',
  });
  for (const picture of pictures) {
    recorder.keep({ ...picture, takenAtMs: 0 });
    await recorder.flush();
  }
  for (const event of events) recorder.record(event);
  const last = finalMessage === undefined ? {} : { finalMessage };
  recorder.record({
    type: 'run-finished',
    outcome: finalMessage === undefined ? 'stopped' : 'completed',
    reason:
      finalMessage === undefined
        ? 'The export ends before any last words of the model.'
        : 'The export ends with these words of the model.',
    ...last,
    verification: 'unverified',
    turns,
    steps,
    usage: { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 },
    times: {},
  });
  await recorder.flush();
}
