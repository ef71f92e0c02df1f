import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Display } from '../../../src/display/display.ts';
import { createDisplay } from '../../../src/display/rfb-display.ts';
import type { SandboxDriver } from '../../../src/sandbox/sandbox-driver.ts';
import type { Size } from '../../../src/util/geometry.ts';
import { startSandbox } from './bench-desktop.ts';

const SIZE: Size = { width: 1440, height: 900 };
const IDLE_MS = 30_000;
const BYTES_PER_PIXEL = 4;
const ROUNDS = 10;

setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');

/** ms of processor time that this process uses while it waits. */
async function idleProcessorMs(): Promise<number> {
  const before = process.cpuUsage();
  await delay(IDLE_MS);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function bufferBytes(): number {
  if (typeof collectGarbage === 'function') collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

/** What one display on an idle desktop costs this process: processor time, and memory in frames. */
export async function benchIdleCost(driver: SandboxDriver): Promise<Readonly<Record<string, number>>> {
  await using sandbox = await startSandbox(driver, SIZE);
  const before = bufferBytes();
  const display = await createDisplay({ connect: (o) => sandbox.openVnc(o), size: SIZE });
  await display.ready({ timeoutMs: 30_000 });
  const connected = bufferBytes() - before;
  await useMenu(display);
  const used = bufferBytes() - before;
  const withDisplay = await idleProcessorMs();
  await display[Symbol.asyncDispose]();
  const without = await idleProcessorMs();
  const inFrames = (bytes: number): number =>
    Math.round((100 * bytes) / (SIZE.width * SIZE.height * BYTES_PER_PIXEL)) / 100;
  return {
    idlePercentOfOneCore: Math.round((10_000 * (withDisplay - without)) / IDLE_MS) / 100,
    framesHeldWhenConnected: inFrames(connected),
    framesHeldAfterScreenshots: inFrames(used),
  };
}

/** Opens and closes the desktop's menu, and photographs each. */
async function useMenu(display: Display): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    await display.pointer.click({ x: 700, y: 200 + 20 * round }, 'right');
    await display.settle();
    await display.screenshot();
    await display.keyboard.chord(['Escape']);
    await display.settle();
    await display.screenshot();
  }
}
