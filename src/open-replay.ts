import { callFunction } from './agent/functions/call-function.ts';
import { createShellFunction } from './agent/functions/shell-function.ts';
import { connectDisplay } from './compose.ts';
import type { Config } from './config/config.ts';
import type { Display } from './display/display.ts';
import { ImageError, InputError } from './errors.ts';
import { toSetup } from './evaluation/task/recorded-setup.ts';
import { applySetup } from './evaluation/task/setup.ts';
import { readAttachment } from './recording/frames.ts';
import type { RunFolder } from './recording/run-folder.ts';
import type { RecordedCall, ReplayPlan } from './replay/replay-plan.ts';
import type { DockerDriver } from './sandbox/docker/docker-driver.ts';
import { ImageClient } from './sandbox/docker/image/image-client.ts';
import type { Sandbox } from './sandbox/sandbox-driver.ts';
import { systemClock } from './util/clock.ts';
import type { Rect } from './util/geometry.ts';

/** Disposing it removes the desktop, unless it is kept. */
export interface ReplayDesktop extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly display: Display;
}

export interface OpenReplayOptions {
  readonly config: Config;
  readonly driver: DockerDriver;
  readonly folder: RunFolder;
  /** Another image than that of the run. */
  readonly image?: string | undefined;
  /** The desktop's clock is right, and not that of the run. */
  readonly hasTrueClock?: boolean;
  /** The desktop outlives the replay, for a person to look at. */
  readonly isKept?: boolean;
  readonly signal?: AbortSignal | undefined;
}

const EXPIRES_IN_MS = 3_600_000;

/** Where the panel of deskhand's own image tells the time, counted from the right, px. */
const PANEL_CLOCK = { width: 64, height: 30 } as const;

/** What of a screen is never compared: the time. */
export function clockArea({ start }: ReplayPlan): Rect {
  return { x: start.display.width - PANEL_CLOCK.width, y: 0, ...PANEL_CLOCK };
}

/**
 * A fresh desktop as that of the run was when its model first saw it: of the same image, with the same setup and clock.
 * @throws ImageError image-not-found when the engine has the image no more; EngineError, SandboxError, DisplayError
 */
export async function openReplayDesktop(
  plan: ReplayPlan,
  options: OpenReplayOptions,
): Promise<ReplayDesktop> {
  const { config, driver, folder, hasTrueClock = false, isKept = false, signal } = options;
  await using resources = new AsyncDisposableStack();
  const image = options.image ?? (await sameImage(plan, driver));
  const { clock: _own, ...settings } = config.sandbox;
  const { display: size } = plan.start;
  const spec = {
    ...settings,
    ...(hasTrueClock ? {} : { clock: plan.clock }),
    image,
    display: size,
    runId: `replay-${plan.runId}`,
    expiresInMs: EXPIRES_IN_MS,
    isKept,
  };
  const sandbox = await driver.create(spec, { signal });
  if (!isKept) resources.use(sandbox);
  const connection = { ...config, display: size };
  const display = resources.use(
    await connectDisplay(sandbox, connection, signal === undefined ? {} : { signal }),
  );
  if (plan.prepared !== undefined) {
    const setup = await toSetup(
      plan.prepared,
      async (hash) => await readAttachment(folder, hash, { signal }),
    );
    await applySetup(setup, sandbox, { signal });
  }
  const owned = resources.move();
  return { sandbox, display, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function sameImage({ sandbox }: ReplayPlan, driver: DockerDriver): Promise<string> {
  const { id, reference } = sandbox.image;
  const found = await new ImageClient(driver.engine).inspect(id);
  if (found !== undefined) return id;
  throw new ImageError(
    'image-not-found',
    `The run was made on ${reference} (${id}), which this engine does not have.`,
    {
      hint: 'Load that image, or replay on another one with --image NAME and see whether the screens are the same.',
    },
  );
}

/** Does a recorded call of one of deskhand's own functions again. What a person answered is in the actions that follow. */
export async function callAgain(
  { name, arguments: given }: RecordedCall,
  desktop: ReplayDesktop,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  if (name === 'ask_user') return;
  if (name !== 'shell') {
    throw new InputError(
      'invalid-file',
      `The run called the function ${name}, which only its own program has.`,
    );
  }
  const shell = createShellFunction();
  await callFunction(shell, shell.parse(given), { desktop, clock: systemClock, signal });
}
