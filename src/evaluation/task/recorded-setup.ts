import type { Recorder } from '../../recording/recorder.ts';
import type { EventOf } from '../../recording/trajectory.ts';
import type { TaskSetup } from './task-file.ts';

type Prepared = EventOf<'prepared'>;

/** Records a setup, so that a replay can make the same desktop. Nothing is recorded for one that is empty. */
export function recordSetup(setup: TaskSetup, recorder: Pick<Recorder, 'record' | 'attach'>): void {
  const { files, commands, open } = setup;
  if (files.length + commands.length + open.length === 0) return;
  recorder.record({
    type: 'prepared',
    files: files.map(({ path, content, mode }) => ({
      path,
      content: recorder.attach(content),
      ...(mode === undefined ? {} : { mode }),
    })),
    commands: commands.map(({ command, timeoutMs }) => ({
      ...toRecord(command),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    })),
    open: open.map(toRecord),
  });
}

/** The setup that was recorded. `read`: what was kept of a file, by its hash. */
export async function toSetup(
  prepared: Prepared,
  read: (sha256: string) => Promise<Uint8Array>,
): Promise<TaskSetup> {
  const files = prepared.files.map(async ({ path, content, mode }) => ({
    path,
    content: await read(content),
    ...(mode === undefined ? {} : { mode }),
  }));
  return {
    files: await Promise.all(files),
    commands: prepared.commands.map(({ timeoutMs, ...command }) => ({ command, timeoutMs })),
    open: prepared.open,
    // What was waited for is seen in the recording itself.
    wait: [],
  };
}

function toRecord({ argv, shown }: TaskSetup['open'][number]): Prepared['open'][number] {
  return { argv: [...argv], shown };
}
