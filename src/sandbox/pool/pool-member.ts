import { once } from 'node:events';
import type { Sandbox } from '../sandbox-driver.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

/** RFC 6143 7.1.1: what every VNC server says first. */
const GREETING = 'RFB ';
const GREETING_TIMEOUT_MS = 2_000;

/** A desktop that nobody has used, put aside until somebody asks for one. */
export class PoolMember {
  readonly sandbox: Sandbox;
  readonly #startedAt: string;

  private constructor(sandbox: Sandbox, startedAt: string) {
    this.sandbox = sandbox;
    this.#startedAt = startedAt;
  }

  /** Pauses the sandbox, so that nothing happens on it and it costs no processor. */
  static async putAside(sandbox: Sandbox, options: Cancellable = {}): Promise<PoolMember> {
    await sandbox.pause(options);
    const { startedAt } = await sandbox.condition(options);
    return new PoolMember(sandbox, startedAt);
  }

  /**
   * Lets the desktop go on.
   * @returns false when it must not be given to anybody: somebody let it go on or started it anew meanwhile, or its
   * screen does not answer
   */
  async wake(options: Cancellable = {}): Promise<boolean> {
    try {
      const { state, startedAt } = await this.sandbox.condition(options);
      if (state !== 'paused' || startedAt !== this.#startedAt) return false;
      await this.sandbox.unpause(options);
      return await hasScreen(this.sandbox, options);
    } catch (error) {
      if (options.signal?.aborted) throw error;
      return false;
    }
  }
}

async function hasScreen(sandbox: Sandbox, { signal }: Cancellable): Promise<boolean> {
  const deadline = AbortSignal.timeout(GREETING_TIMEOUT_MS);
  const scope = signal ? AbortSignal.any([signal, deadline]) : deadline;
  const stream = await sandbox.openVnc({ signal: scope });
  try {
    const [data] = await once(stream, 'data', { signal: scope });
    return String(data).startsWith(GREETING);
  } finally {
    stream.destroy();
  }
}
