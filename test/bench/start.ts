import { createDockerDriver } from '../../src/sandbox/docker/docker-driver.ts';
import type { StartPhase } from '../../src/sandbox/sandbox-driver.ts';
import { createDisplay } from '../../src/display/rfb-display.ts';
import { systemClock } from '../../src/util/clock.ts';
import { sample, summarize, timed } from './statistics.ts';

const SIZE = { width: 1440, height: 900 };
const RUNS = 15;

/** Cold start: from the create request to a desktop that is drawn and still, ms; and the way back. */
export async function benchStart(): Promise<unknown> {
  await using driver = await createDockerDriver({});
  const phases: Partial<Record<StartPhase, number>>[] = [];
  const removals: number[] = [];
  const drawn = await sample(RUNS, async (index) => {
    const startedAt = performance.now();
    const sandbox = await driver.create({
      runId: `bench-${index}`,
      display: SIZE,
      network: 'none',
      memoryBytes: 1024 ** 3,
      cpus: 1.5,
      pidsLimit: 256,
      expiresInMs: 600_000,
    });
    const display = await createDisplay({
      connect: (o) => sandbox.openVnc(o),
      size: SIZE,
      clock: systemClock,
    });
    await display.ready({ timeoutMs: 30_000 });
    const ms = performance.now() - startedAt;
    phases.push(sandbox.phases);
    await display[Symbol.asyncDispose]();
    removals.push(await timed(() => sandbox[Symbol.asyncDispose]()));
    return ms;
  });
  const of = (phase: StartPhase) => summarize(phases.flatMap((found) => found[phase] ?? []));
  return {
    unit: 'ms from the create request',
    started: of('started'),
    xvnc: of('xvnc'),
    windowManager: of('window-manager'),
    panel: of('panel'),
    desktop: of('desktop'),
    drawnAndStill: summarize(drawn),
    remove: summarize(removals),
  };
}
