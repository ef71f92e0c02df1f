import { randomUUID } from 'node:crypto';
import type { Desktop } from '../agent/desktop.ts';
import { connectDisplay } from '../compose.ts';
import type { Config } from '../config/config.ts';
import type { Display } from '../display/display.ts';
import type { Sandbox, SandboxDriver } from '../sandbox/sandbox-driver.ts';

/** Disposing it closes the connection and removes the sandbox. */
export interface OwnedDesktop extends Desktop, AsyncDisposable {}

export interface OpenDesktopOptions {
  readonly config: Pick<Config, 'display' | 'sandbox' | 'settle'>;
  /** Labels the sandbox. Default: a new name. */
  readonly runId?: string | undefined;
  /** When the reaper may remove the sandbox, ms. Default one hour. */
  readonly expiresInMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How a sandbox's screen is reached; tests put a double here. */
  readonly connect?: (
    sandbox: Sandbox,
    options: { readonly signal?: AbortSignal | undefined },
  ) => Promise<Display>;
}

const EXPIRES_IN_MS = 3_600_000;

/**
 * Starts a desktop and connects to its screen, drawn and still. Leaves nothing behind when that fails.
 * @throws EngineError, ImageError, SandboxError, DisplayError
 */
export async function openDesktop(driver: SandboxDriver, options: OpenDesktopOptions): Promise<OwnedDesktop> {
  const { config, signal, expiresInMs = EXPIRES_IN_MS } = options;
  const { runId = `desktop-${randomUUID().slice(0, 8)}` } = options;
  const connect =
    options.connect ??
    ((live: Sandbox) => connectDisplay(live, config, signal === undefined ? {} : { signal }));
  await using resources = new AsyncDisposableStack();
  const spec = { ...config.sandbox, display: config.display, runId, expiresInMs };
  const sandbox = resources.use(await driver.create(spec, { signal }));
  const display = resources.use(await connect(sandbox, { signal }));
  const owned = resources.move();
  return { sandbox, display, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
