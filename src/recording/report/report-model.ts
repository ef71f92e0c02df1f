import type { Size } from '../../util/geometry.ts';
import type { TrajectoryReading } from '../reader.ts';
import type { RunFolder } from '../run-folder.ts';
import type { EventOf, TrajectoryEvent } from '../trajectory.ts';
import { findChanges } from './changes.ts';
import type { Changes } from './changes.ts';
import { loadFrames } from './frame-images.ts';
import type { FrameImage } from './frame-images.ts';
import { toScenes } from './scenes.ts';
import type { Scene } from './scenes.ts';

/** All that the report shows. */
export interface ReportModel {
  readonly reading: TrajectoryReading;
  readonly scenes: readonly Scene[];
  /** Declared size of the frames, px. */
  readonly screen: Size;
  /** By hash. */
  readonly frames: ReadonlyMap<string, FrameImage>;
  readonly sandbox: EventOf<'sandbox-ready'> | undefined;
  readonly checks: readonly EventOf<'check'>[];
  readonly warnings: readonly EventOf<'warning'>[];
}

const DEFAULT_SCREEN: Size = { width: 1440, height: 900 };

/** Gathers what a report shows from what could be read of a run. */
export async function loadReportModel(
  reading: TrajectoryReading,
  folder: RunFolder,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ReportModel> {
  const all = <T extends TrajectoryEvent['type']>(type: T): readonly EventOf<T>[] =>
    reading.lines.map(({ event }) => event).filter((event): event is EventOf<T> => event.type === type);
  const scenes = toScenes(reading.lines);
  const shown = scenes.flatMap(({ before, after }) => [before, after]).filter((hash) => hash !== undefined);
  return {
    reading,
    scenes,
    screen: reading.start?.display ?? DEFAULT_SCREEN,
    frames: await loadFrames(folder, [...new Set(shown)], options),
    sandbox: all('sandbox-ready')[0],
    checks: all('check'),
    warnings: all('warning'),
  };
}

/** What the scene's action changed on the screen; undefined when that cannot be told. */
export function changesOf({ before, after }: Scene, frames: ReportModel['frames']): Changes | undefined {
  if (before === undefined || after === undefined) return undefined;
  const [first, second] = [frames.get(before), frames.get(after)];
  if (first?.ok !== true || second?.ok !== true) return undefined;
  return findChanges(first.tiles, second.tiles);
}
