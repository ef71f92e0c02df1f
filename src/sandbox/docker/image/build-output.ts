import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';
import { ImageError } from '../../../errors.ts';
import { diskFull, isDiskFull } from '../engine-errors.ts';

/** What making an image tells while it goes on. */
export type ImageProgress =
  /** What is being done, in words. */
  | { readonly kind: 'stage'; readonly message: string }
  /** The builder has come to this instruction; `step` counts from 1. */
  | { readonly kind: 'step'; readonly step: number; readonly steps: number; readonly command: string }
  /** One line of what the current step, or the current stage, prints. */
  | { readonly kind: 'output'; readonly line: string };

export interface BuildStep {
  readonly step: number;
  readonly steps: number;
  readonly command: string;
}

const KEPT_LINES = 20;
const LONGEST_COMMAND = 200;
const stepLine = /^Step (\d+)\/(\d+) : (.*)$/s;
/** The builder's own remarks between the steps, each in a message of its own. */
const remark = /^(?: ---> |Removing intermediate container |Successfully (?:built|tagged) )/;

const messageSchema = z.object({
  stream: z.string().optional(),
  status: z.string().optional(),
  error: z.string().optional(),
  errorDetail: z.object({ code: z.number().optional(), message: z.string().optional() }).optional(),
});

/** Reads the messages of the engine's builder (Docker Engine API 1.41, ImageBuild), one JSON object a line. */
export class BuildOutput {
  readonly #onProgress: (progress: ImageProgress) => void;
  #step: BuildStep | undefined;
  #lines: string[] = [];
  #partial = '';

  constructor(onProgress: (progress: ImageProgress) => void) {
    this.#onProgress = onProgress;
  }

  /** @throws ImageError image-build-failed | disk-full when the message says that the build failed */
  take(message: unknown): void {
    const { stream, status, error, errorDetail } = messageSchema.parse(message);
    if (error !== undefined) throw this.toError(errorDetail?.message ?? error, errorDetail?.code);
    if (status !== undefined) this.#takeLine(status);
    if (stream === undefined) return;
    if (remark.test(stream)) {
      this.#endLine();
      return;
    }
    const step = stepLine.exec(stream);
    if (step)
      this.#begin({ step: Number(step[1]), steps: Number(step[2]), command: toOneLine(step[3] ?? '') });
    else this.#takeText(stream);
  }

  toError(reason: string, exitCode?: number): ImageError {
    this.#endLine();
    const output = this.#lines.join('\n');
    const details = { ...this.#step, exitCode, output };
    if (isDiskFull(reason) || isDiskFull(output)) {
      return diskFull(`The disk is full: ${this.#where()} failed.${quote(output)}`, { details });
    }
    // A failed command is told by its step; any other reason is all there is to tell.
    const why = exitCode === undefined ? `: ${reason}` : ` with exit code ${exitCode}.`;
    return new ImageError(
      'image-build-failed',
      `Building the image failed at ${this.#where()}${why}${quote(output)}`,
      {
        details,
      },
    );
  }

  #where(): string {
    if (!this.#step) return 'its start';
    const { step, steps, command } = this.#step;
    return `step ${step} of ${steps}, ${command.slice(0, LONGEST_COMMAND)},`;
  }

  #begin(step: BuildStep): void {
    this.#step = step;
    this.#lines = [];
    this.#partial = '';
    this.#onProgress({ kind: 'step', ...step });
  }

  #takeText(text: string): void {
    const lines = (this.#partial + stripVTControlCharacters(text)).split('\n');
    this.#partial = lines.pop() ?? '';
    for (const line of lines) this.#takeLine(line);
  }

  #endLine(): void {
    if (this.#partial !== '') this.#takeText('\n');
  }

  /** A line that overwrites itself counts as what stood there last. */
  #takeLine(text: string): void {
    const line = text.replace(/\r+$/, '').split('\r').at(-1)?.trimEnd() ?? '';
    if (line === '') return;
    this.#lines = [...this.#lines, line].slice(-KEPT_LINES);
    this.#onProgress({ kind: 'output', line });
  }
}

function toOneLine(command: string): string {
  return command.replaceAll(/\s+/g, ' ').trim();
}

function quote(output: string): string {
  return output === '' ? '' : ` Its last output:\n${output}`;
}
