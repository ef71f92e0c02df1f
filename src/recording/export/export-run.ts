import { isDeskhandError } from '../../errors.ts';
import { framesOf, readFrame } from '../frames.ts';
import { scanTrajectory, startOf } from '../reader.ts';
import type { RunFolder } from '../run-folder.ts';
import { toChatExample } from './chat-messages.ts';
import { toDialogue } from './dialogue.ts';
import { toResponsesItems } from './responses-items.ts';

export const EXPORT_FORMATS = ['responses', 'chat'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface RunExport {
  /** Lines of JSON, each with its line feed. */
  readonly text: string;
  /** Frames that were lost, and damage of the trajectory. */
  readonly problems: readonly string[];
}

/**
 * A run in a shape that other programs take. What is damaged is left out, and told.
 * @throws StorageError corrupt-trajectory when nothing of it can be read, read-failed, unsupported-version
 */
export async function exportRun(
  folder: RunFolder,
  format: ExportFormat,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<RunExport> {
  const reading = await scanTrajectory(folder.trajectory, options);
  startOf(reading);
  const { lines, damage } = reading;
  const problems = damage === undefined ? [] : [`damaged at line ${damage.line}: ${damage.reason}`];
  const pictures = new Map<string, Uint8Array>();
  const dialogue = toDialogue(lines);
  const used = new Set(dialogue.map((entry) => ('frame' in entry ? entry.frame : undefined)));
  for (const hash of framesOf(lines).filter((frame) => used.has(frame))) {
    try {
      pictures.set(hash, await readFrame(folder, hash, options));
    } catch (error) {
      if (!isDeskhandError(error)) throw error;
      problems.push(error.message);
    }
  }
  const rows = format === 'chat' ? [toChatExample(dialogue, pictures)] : toResponsesItems(dialogue, pictures);
  return { text: rows.map((row) => `${JSON.stringify(row)}\n`).join(''), problems };
}
