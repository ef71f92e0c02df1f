import { createDisplay } from '../../src/display/rfb-display.ts';
import { createDockerDriver } from '../../src/sandbox/docker/docker-driver.ts';

const RUNS = 20;
const SIZE = { width: 1440, height: 900 };

/** How many of the desktops of fresh sandboxes with one clock show the same picture. */
export async function benchDesktops(): Promise<unknown> {
  await using driver = await createDockerDriver({});
  const seen = new Map<string, number>();
  for (let index = 0; index < RUNS; index++) {
    await using sandbox = await driver.create({
      runId: `bench-${index}`,
      display: SIZE,
      network: 'none',
      memoryBytes: 1024 ** 3,
      cpus: 1.5,
      pidsLimit: 256,
      clock: '2026-01-15T09:00:00.000Z',
      expiresInMs: 600_000,
    });
    await using display = await createDisplay({ connect: (options) => sandbox.openVnc(options), size: SIZE });
    await display.ready({ timeoutMs: 30_000 });
    const { sha256 } = await display.screenshot();
    seen.set(sha256, (seen.get(sha256) ?? 0) + 1);
  }
  return { desktops: RUNS, identical: Math.max(...seen.values()), pictures: seen.size };
}
