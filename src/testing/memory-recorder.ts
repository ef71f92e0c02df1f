import type { Screenshot } from '../action/screenshot.ts';
import { toHash } from '../recording/frames.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { EventOf, TrajectoryEvent } from '../recording/trajectory.ts';

/** Keeps everything in memory, in order, for tests that look at what was recorded. */
export class MemoryRecorder implements Recorder {
  readonly folder = undefined;
  readonly events: TrajectoryEvent[] = [];
  readonly frames = new Map<string, Screenshot>();
  readonly attachments = new Map<string, Uint8Array>();
  flushes = 0;
  disposed = false;
  /** Set to make the next and every later `flush` fail, as a full disk does. */
  failure: Error | undefined;

  record(event: TrajectoryEvent): void {
    if (this.disposed) throw new Error(`recorded ${event.type} after the recorder was disposed`);
    this.events.push(structuredClone(event));
  }

  keep(screenshot: Screenshot): string {
    if (this.disposed) throw new Error('kept a screenshot after the recorder was disposed');
    this.frames.set(screenshot.sha256, screenshot);
    return screenshot.sha256;
  }

  attach(content: Uint8Array): string {
    const hash = toHash(content);
    this.attachments.set(hash, content);
    return hash;
  }

  flush(): Promise<void> {
    this.flushes += 1;
    return this.failure === undefined ? Promise.resolve() : Promise.reject(this.failure);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.disposed = true;
    return Promise.resolve();
  }

  /** The types of all events in order: the shape of a run at a glance. */
  get types(): readonly TrajectoryEvent['type'][] {
    return this.events.map((event) => event.type);
  }

  /** The events of one type, in order. */
  of<T extends TrajectoryEvent['type']>(type: T): readonly EventOf<T>[] {
    return this.events.filter((event): event is EventOf<T> => event.type === type);
  }
}
