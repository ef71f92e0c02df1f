import { createFileRecorder } from '../../../src/recording/file-recorder.ts';
import { toRunFolder } from '../../../src/recording/run-folder.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { RUN_STARTED, fakeScreenshot, sampleTurn } from './sample-run.ts';

/** Records turn after turn until it is killed; says on stdout how many it has recorded. */
const folder = toRunFolder(process.argv[2] ?? '');
const recorder = await createFileRecorder({ folder, clock: systemClock });
recorder.record(RUN_STARTED);
for (let turn = 1; ; turn++) {
  const frame = (n: number): string => recorder.keep(fakeScreenshot(new Uint8Array(20_000).fill(n % 251)));
  for (const event of sampleTurn(turn, frame(turn), frame(turn + 1))) recorder.record(event);
  process.stdout.write(`${turn}\n`);
  await systemClock.sleep(1);
}
