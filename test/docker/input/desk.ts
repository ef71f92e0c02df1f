import { setTimeout as delay } from 'node:timers/promises';
import { parseAction, validateAction } from '../../../src/action/parse.ts';
import { executeAction } from '../../../src/agent/executor.ts';
import type { Display } from '../../../src/display/display.ts';
import { createDisplay } from '../../../src/display/rfb-display.ts';
import type { DisplayOptions } from '../../../src/display/rfb-display.ts';
import { ensureBrowserImage } from '../../../src/sandbox/docker/image/browser-image.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox-driver.ts';
import { systemClock } from '../../../src/util/clock.ts';
import type { Size } from '../../../src/util/geometry.ts';
import { ensureToolsImage } from '../../support/tools-image.ts';
import { Bench } from '../sandbox/desktop.ts';

const WAIT_MS = 20_000;
const POLL_MS = 20;

export interface DeskOptions extends Pick<DisplayOptions, 'activity' | 'drawPointer' | 'settle'> {
  /** Declared, px. */
  readonly size?: Size;
  /** Of the real screen, px; as declared by default. */
  readonly screen?: Size;
  /** With Chromium: `start('chromium file:///home/user/page.html')`. */
  readonly hasBrowser?: boolean;
}

/** A desktop with the tools for tests in it, and a display on it. */
export interface Desk extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly display: Display;
  /** Another display of the same desktop. Whoever asks disposes it. */
  openDisplay(options?: DeskOptions): Promise<Display>;
  /** Does what a model asked for, in the API's own words. */
  act(wire: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<void>;
  /** stdout of a shell script on the desktop. Throws when the script fails. */
  shell(script: string, stdin?: string): Promise<string>;
  /** Starts a program and lets it run. */
  start(command: string): Promise<void>;
}

const SIZE: Size = { width: 1024, height: 768 };

export async function openDesk(options: DeskOptions = {}): Promise<Desk> {
  await using resources = new AsyncDisposableStack();
  const { size = SIZE, screen } = options;
  const bench = resources.use(await Bench.open());
  const base = options.hasBrowser ? (await ensureBrowserImage(bench.engine)).reference : bench.image;
  const image = await ensureToolsImage(bench.engine, base);
  const driver = resources.use(await bench.driver({ image }));
  const sandbox = resources.use(
    await driver.create({
      ...bench.spec,
      pidsLimit: options.hasBrowser ? 512 : 256,
      display: size,
      ...(screen && { screen }),
    }),
  );
  const openDisplay = async (own: DeskOptions = {}): Promise<Display> =>
    await createDisplay({
      connect: (o) => sandbox.openVnc(o),
      size,
      activity: await sandbox.openActivity?.(),
      giveKeys: async (keysyms, cancel) => await sandbox.giveKeys?.(keysyms, cancel),
      ...own,
    });
  const display = resources.use(await openDisplay(options));
  await display.ready({ timeoutMs: WAIT_MS });
  const owned = resources.move();
  const shell = async (script: string, stdin = ''): Promise<string> => {
    const result = await sandbox.exec(['sh', '-c', script], { timeoutMs: WAIT_MS, stdin });
    if (result.exitCode === 0) return result.stdout.toString();
    throw new Error(`${script}: exit code ${result.exitCode}: ${result.stderr.toString()}`);
  };
  return {
    sandbox,
    display,
    openDisplay,
    shell,
    act: async (wire, signal) => {
      const action = validateAction(parseAction(wire), display.size);
      await executeAction(action, display, { clock: systemClock, signal });
    },
    start: async (command) => {
      await shell(`cd; setsid ${command} </dev/null >/dev/null 2>&1 &`);
    },
    [Symbol.asyncDispose]: async () => await owned.disposeAsync(),
  };
}

/** Waits until `look` gives something; there is no other way to learn of what happens in the desktop. */
export async function until<T>(look: () => Promise<T | undefined | false>, what: string): Promise<T> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`Within ${WAIT_MS} ms: no ${what}.`);
    await delay(POLL_MS);
  }
}
