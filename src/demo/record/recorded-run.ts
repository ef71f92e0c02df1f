import type { Action } from '../../action/action.ts';
import { parseAction } from '../../action/parse.ts';
import type { Screenshot } from '../../action/screenshot.ts';
import { InputError, toMessage } from '../../errors.ts';
import { readFrame } from '../../recording/frames.ts';
import { scanTrajectory } from '../../recording/reader.ts';
import type { RunFolder } from '../../recording/run-folder.ts';
import type { EventOf, TrajectoryLine } from '../../recording/trajectory.ts';
import type { Point, Size } from '../../util/geometry.ts';
import type { Deed, Recording } from './deed.ts';

export interface RecordedRun extends Recording {
  readonly title: string;
  readonly display: Size;
  /** Absent: real. */
  readonly clock: string | undefined;
  /** Whether something was put on the desktop before the run. */
  readonly hasSetup: boolean;
}

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

/**
 * What was done in a run, as far as it can be read.
 * @throws InputError invalid-file when nothing was done; StorageError read-failed
 */
export async function readRecordedRun(folder: RunFolder, options: Cancellable = {}): Promise<RecordedRun> {
  const { lines, start, damage } = await scanTrajectory(folder.trajectory, options);
  const sandbox = lines.map(({ event }) => event).find((event) => event.type === 'sandbox-ready');
  if (start === undefined || sandbox === undefined) {
    throw new InputError('invalid-file', `${folder.trajectory} has nothing that was done.`);
  }
  const cut = damage && `${folder.trajectory} is damaged at line ${damage.line}: ${damage.reason}`;
  const reader = new DeedReader(folder, start.display, options);
  const recording = await reader.read(lines);
  return {
    ...recording,
    problems: [...(cut === undefined ? [] : [cut]), ...recording.problems],
    title: start.task.title ?? start.task.instruction.split('\n')[0] ?? start.runId,
    display: start.display,
    clock: sandbox.clock === 'real' ? undefined : sandbox.clock,
    hasSetup: lines.some(({ event }) => event.type === 'prepared'),
  };
}

class DeedReader {
  readonly #folder: RunFolder;
  readonly #size: Size;
  readonly #options: Cancellable;
  readonly #problems: string[] = [];

  constructor(folder: RunFolder, size: Size, options: Cancellable) {
    this.#folder = folder;
    this.#size = size;
    this.#options = options;
  }

  async read(lines: readonly TrajectoryLine[]): Promise<Recording> {
    const deeds: Deed[] = [];
    let frame: string | undefined;
    let say: string | undefined;
    for (const { event } of lines) {
      if (event.type === 'response') say = captionOf(event) ?? say;
      if (event.type === 'step') {
        const deed = await this.#toDeed(event, event.before ?? frame);
        if (deed !== undefined) deeds.push(say === undefined ? deed : { ...deed, say });
        if (deed !== undefined) say = undefined;
      }
      if ('frame' in event && event.frame !== undefined) frame = event.frame;
    }
    return { deeds, last: await this.#screen(frame), problems: this.#problems };
  }

  async #toDeed(event: EventOf<'step'>, before: string | undefined): Promise<Deed | undefined> {
    const { step, action, description, error } = event;
    if (action.type === 'wait' || action.type === 'screenshot') return undefined;
    const why = action.type === 'function_call' ? 'a demo calls no functions' : error?.message;
    if (why !== undefined) {
      this.#problems.push(`step ${step} (${description}) is left out: ${why}`);
      return undefined;
    }
    return { action: onPixels(parseAction(action)), screen: await this.#screen(before), moments: [] };
  }

  async #screen(sha256: string | undefined): Promise<Screenshot | undefined> {
    if (sha256 === undefined) return undefined;
    try {
      const png = await readFrame(this.#folder, sha256, this.#options);
      return { png, sha256, ...this.#size, takenAtMs: 0 };
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      this.#problems.push(toMessage(error));
      return undefined;
    }
  }
}

function captionOf({ items }: EventOf<'response'>): string | undefined {
  const said = items.flatMap((item) => (item.type === 'message' ? [String(item['text'])] : []));
  return said.length === 0 ? undefined : said.join(' ');
}

/** A fraction belongs to the pixel that it falls in. */
function onPixels(action: Action): Action {
  const floor = ({ x, y }: Point): Point => ({ x: Math.floor(x), y: Math.floor(y) });
  if (action.type === 'drag') return { ...action, path: action.path.map(floor) };
  return 'x' in action ? { ...action, ...floor(action) } : action;
}
