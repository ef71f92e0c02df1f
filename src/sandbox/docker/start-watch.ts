import type { Duplex } from 'node:stream';
import type { StartPhase } from '../sandbox-driver.ts';
import { OutputDemuxer } from './demux.ts';

type ReportedPhase = (typeof reportedPhases)[number] & StartPhase;

const KEPT_LINES = 40;
const LONGEST_LINE = 2_000;
const phaseLine = /^deskhand phase=([a-z-]+) ms=\d+\s*$/;
const reportedPhases = ['xvnc', 'window-manager', 'panel', 'desktop'] as const;
/** The panel and the desktop's own window start side by side; the desktop is drawn when both are there. */
const lastPhases: readonly ReportedPhase[] = ['panel', 'desktop'];

/** Reads what a desktop prints while it starts. */
export class StartWatch {
  /** True when the desktop is drawn, false when its output ended before. Never rejects. */
  readonly isDrawn: Promise<boolean>;
  readonly #stream: Duplex;
  readonly #onPhase: (phase: ReportedPhase) => void;
  readonly #missing = new Set<ReportedPhase>(lastPhases);
  readonly #settle: (isDrawn: boolean) => void;
  #lines: string[] = [];
  #partial = '';

  constructor(stream: Duplex, onPhase: (phase: ReportedPhase) => void) {
    const drawn = Promise.withResolvers<boolean>();
    this.isDrawn = drawn.promise;
    this.#settle = drawn.resolve;
    this.#stream = stream;
    this.#onPhase = onPhase;
    const demuxer = new OutputDemuxer((_name, data) => this.#read(data.toString('utf8')));
    stream.on('data', (chunk: Buffer) => demuxer.push(chunk));
    for (const event of ['end', 'close', 'error']) stream.on(event, () => drawn.resolve(false));
  }

  /** The last lines of the output. */
  get log(): string {
    return [...this.#lines, ...(this.#partial === '' ? [] : [this.#partial])].join('\n');
  }

  stop(): void {
    this.#stream.destroy();
  }

  #read(text: string): void {
    const lines = (this.#partial + text).split('\n');
    this.#partial = (lines.pop() ?? '').slice(-LONGEST_LINE);
    for (const line of lines) this.#takeLine(line);
  }

  #takeLine(line: string): void {
    this.#lines = [...this.#lines, line.slice(0, LONGEST_LINE)].slice(-KEPT_LINES);
    const name = phaseLine.exec(line)?.[1];
    const phase = reportedPhases.find((known) => known === name);
    if (phase === undefined) return;
    this.#onPhase(phase);
    this.#missing.delete(phase);
    if (this.#missing.size === 0) this.#settle(true);
  }
}
