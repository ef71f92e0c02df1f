import { styleText } from 'node:util';
import type { DeskhandError } from '../errors.ts';
import { toPrintable } from '../util/printable.ts';

type Style = Parameters<typeof styleText>[0];

/** What a command may touch of the process it runs in; tests hand in their own. */
export interface CliContext {
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Aborts when the user says stop. */
  readonly signal: AbortSignal;
}

/** Text in a style where the stream is a terminal that wants colour (NO_COLOR, FORCE_COLOR). */
export function styled(stream: NodeJS.WritableStream, style: Style, text: string): string {
  return styleText(style, text, { stream, validateStream: true });
}

/** Writes lines for a person; what comes from a model or a sandbox cannot steer the terminal. */
export function printLine(stream: NodeJS.WritableStream, text = '', style?: Style): void {
  const safe = toPrintable(text);
  stream.write(`${style === undefined ? safe : styled(stream, style, safe)}\n`);
}

/** What went wrong, how to put it right, and the code to search for. */
export function printError(stream: NodeJS.WritableStream, error: DeskhandError): void {
  printLine(stream, `error: ${error.message}`, 'red');
  if (error.hint !== undefined) printLine(stream, `hint: ${error.hint}`);
  printLine(stream, `(${error.code})`, 'dim');
}

/** `850 ms`, `12.3 s`, `2 min 05 s`, `3 h 20 min`, `4 days`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  if (hours >= 1) return `${hours} h ${twoDigits(minutes % 60)} min`;
  return `${minutes} min ${twoDigits(seconds % 60)} s`;
}

function twoDigits(count: number): string {
  return String(count).padStart(2, '0');
}

/** Columns padded to their widest cell, two spaces between. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** What a sandbox has printed: the bytes as they are, but to a terminal nothing that it would obey. */
export function writeOutput(stream: CliContext['stdout'], output: Buffer): void {
  stream.write(stream.isTTY === true ? toPrintable(output.toString('utf8')) : output);
}
