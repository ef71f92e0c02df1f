import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createDriver, startTaskRun } from '../../src/compose.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { createDisplay } from '../../src/display/rfb-display.ts';
import { readTask } from '../../src/evaluation/task/task-file.ts';
import { openModel } from '../../src/open-model.ts';
import { startBrowser } from '../../src/sandbox/browser/browser.ts';
import type { DockerDriver } from '../../src/sandbox/docker/docker-driver.ts';
import { ensureBrowserImage } from '../../src/sandbox/docker/image/browser-image.ts';
import { ensureImage } from '../../src/sandbox/docker/image/desktop-image.ts';
import { inFolder } from './in-folder.ts';
import { type Load, measureLoad, round } from './machine-load.ts';
import { measureBatch } from './scale.ts';

const IDLE = 4;
const IDLE_MS = 20_000;
const AT_WORK = 2;
const RUNS = 3;
const READY_MS = 30_000;
const EXAMPLE = fileURLToPath(new URL('../../examples/terminal.yaml', import.meta.url));

/** What one desktop costs the machine and this process: left alone, and at work. */
export async function benchSandboxes(): Promise<unknown> {
  return await inFolder(async (folder) => {
    const config = await loadConfig({ flags: { runs: join(folder, 'runs') }, env: {}, cwd: folder });
    const browsing = await loadConfig({
      flags: { environment: 'browser', runs: join(folder, 'runs') },
      env: {},
      cwd: folder,
    });
    await using driver = await createDriver(config);
    const { reference } = await ensureImage(driver.engine);
    const { reference: browser } = await ensureBrowserImage(driver.engine);
    const quiet = await measureLoad(async () => await delay(IDLE_MS));
    return {
      machineAlone: quiet,
      idle: less(await measureIdle(driver, withImage(config, reference)), quiet),
      idleWithBrowser: less(await measureIdle(driver, withImage(browsing, browser)), quiet),
      atWork: await measureBatch(AT_WORK, driver, withImage(config, reference)),
      atWorkWithBrowser: await measureBatch(AT_WORK, driver, withImage(browsing, browser)),
      withLocalModel: await measureLocal(driver, withImage(config, reference)),
    };
  });
}

function withImage(config: Config, image: string): Config {
  return { ...config, sandbox: { ...config.sandbox, image } };
}

/** One of several desktops that are connected and left alone. */
async function measureIdle(driver: DockerDriver, config: Config): Promise<Load> {
  await using resources = new AsyncDisposableStack();
  let idle: Load | undefined;
  const all = await measureLoad(async () => {
    for (let at = 0; at < IDLE; at++) await startIdle(driver, config, resources);
    idle = await measureLoad(async () => await delay(IDLE_MS));
  });
  if (idle === undefined) throw new Error('Nothing was measured.');
  return {
    tookMs: idle.tookMs,
    cpus: round(idle.cpus / IDLE),
    ownCpus: round(idle.ownCpus / IDLE),
    mebibytes: Math.round(all.mebibytes / IDLE),
    ownMebibytes: Math.round(all.ownMebibytes / IDLE),
  };
}

async function startIdle(
  driver: DockerDriver,
  { sandbox: spec, display: size, environment }: Config,
  resources: AsyncDisposableStack,
): Promise<void> {
  const sandbox = resources.use(
    await driver.create({ ...spec, runId: 'bench-idle', display: size, expiresInMs: 600_000 }),
  );
  const display = resources.use(await createDisplay({ connect: (o) => sandbox.openVnc(o), size }));
  await display.ready({ timeoutMs: READY_MS });
  if (environment === 'browser') resources.use(await startBrowser(sandbox, { url: 'about:blank' }));
  await display.settle();
}

/** The load of desktops, without what the machine does anyway. */
function less(load: Load, { cpus, ownCpus }: Load): Load {
  return {
    ...load,
    cpus: round(load.cpus - cpus / IDLE),
    ownCpus: round(load.ownCpus - ownCpus / IDLE),
  };
}

/** One desktop on which the local model works without a pause: it reads the screens on this machine. */
async function measureLocal(driver: DockerDriver, config: Config): Promise<Load> {
  const task = await readTask(EXAMPLE, { cwd: '/' });
  return await measureLoad(async () => {
    for (let at = 0; at < RUNS; at++) {
      await using model = await openModel({ config, env: {}, task });
      const run = await startTaskRun({ config, task, model, driver });
      const { outcome } = await run.finished;
      if (outcome !== 'completed') throw new Error(`The example ended as ${outcome}.`);
    }
  });
}
