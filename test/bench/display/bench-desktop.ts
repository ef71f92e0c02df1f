import { createDockerDriver } from '../../../src/sandbox/docker/docker-driver.ts';
import { connectEngine } from '../../../src/sandbox/docker/engine.ts';
import { ensureImage } from '../../../src/sandbox/docker/image/desktop-image.ts';
import { createDisplay } from '../../../src/display/rfb-display.ts';
import type { Display } from '../../../src/display/display.ts';
import type { Sandbox, SandboxDriver } from '../../../src/sandbox/sandbox-driver.ts';
import type { Size } from '../../../src/util/geometry.ts';
import { ensureToolsImage } from '../../support/tools-image.ts';

const READY_MS = 30_000;

/** A desktop of its own for a bench, and a display on it that stands still. */
export interface BenchDesktop extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly display: Display;
}

/** Makes desktops with the tools for tests in them. */
export async function openBenchDriver(): Promise<SandboxDriver> {
  const engine = await connectEngine();
  const { reference } = await ensureImage(engine);
  return await createDockerDriver({ engine, image: await ensureToolsImage(engine, reference) });
}

export async function startSandbox(driver: SandboxDriver, display: Size): Promise<Sandbox> {
  return await driver.create({
    runId: `bench-${display.width}`,
    display,
    network: 'none',
    memoryBytes: 1024 ** 3,
    cpus: 2,
    pidsLimit: 256,
    expiresInMs: 600_000,
  });
}

export async function startDesktop(driver: SandboxDriver, size: Size): Promise<BenchDesktop> {
  await using resources = new AsyncDisposableStack();
  const sandbox = resources.use(await startSandbox(driver, size));
  const display = resources.use(await createDisplay({ connect: (o) => sandbox.openVnc(o), size }));
  await display.ready({ timeoutMs: READY_MS });
  const owned = resources.move();
  return { sandbox, display, [Symbol.asyncDispose]: async () => await owned.disposeAsync() };
}

/** Starts a program on the desktop and waits until its window has the keyboard and stands still. */
export async function openWindow(
  { sandbox, display }: BenchDesktop,
  command: string,
  title: string,
): Promise<void> {
  const script = `cd; setsid ${command} </dev/null >/dev/null 2>&1 &
    until xdotool getactivewindow getwindowname 2>/dev/null | grep -q '${title}'; do sleep 0.05; done`;
  const { exitCode, stderr } = await sandbox.exec(['sh', '-c', script], { timeoutMs: READY_MS });
  if (exitCode !== 0) throw new Error(`${command}: exit code ${exitCode}: ${stderr.toString()}`);
  await display.settle();
}
