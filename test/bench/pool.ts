import { setTimeout as delay } from 'node:timers/promises';
import { createDisplay } from '../../src/display/rfb-display.ts';
import { createDockerDriver } from '../../src/sandbox/docker/docker-driver.ts';
import { WarmPool } from '../../src/sandbox/pool/warm-pool.ts';
import type { Sandbox } from '../../src/sandbox/sandbox-driver.ts';
import { systemClock } from '../../src/util/clock.ts';
import { sample, summarize } from './statistics.ts';

const SIZE = { width: 1440, height: 900 };
const RUNS = 40;
const SPEC = {
  display: SIZE,
  network: 'none',
  memoryBytes: 1024 ** 3,
  cpus: 1.5,
  pidsLimit: 256,
  expiresInMs: 600_000,
} as const;

const connect = (sandbox: Sandbox) =>
  createDisplay({ connect: (options) => sandbox.openVnc(options), size: SIZE, clock: systemClock });

/** A lease of a ready desktop: until it is given out, and until its whole first frame is there, ms. */
export async function benchPool(): Promise<unknown> {
  await using driver = await createDockerDriver({});
  await using pool = new WarmPool({
    driver,
    spec: SPEC,
    clock: systemClock,
    minimum: 1,
    maximum: 1,
    settle: async (sandbox) => {
      await using display = await connect(sandbox);
      await display.ready({ timeoutMs: 30_000 });
    },
  });
  const connected: number[] = [];
  const leased = await sample(RUNS, async (index) => {
    // The start of the next desktop would be measured with the lease of this one.
    while (pool.readyCount === 0) await delay(50);
    const startedAt = performance.now();
    const sandbox = await pool.create({ ...SPEC, runId: `bench-${index}` });
    const ms = performance.now() - startedAt;
    const display = await connect(sandbox);
    await display.screenshot();
    connected.push(performance.now() - startedAt);
    await display[Symbol.asyncDispose]();
    await sandbox[Symbol.asyncDispose]();
    return ms;
  });
  return { unit: 'ms', leased: summarize(leased), leasedAndFirstScreenshot: summarize(connected) };
}
