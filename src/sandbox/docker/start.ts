import type { ContainerCreateOptions } from 'dockerode';
import { EngineError, SandboxError } from '../../errors.ts';
import type { StartPhase } from '../sandbox-driver.ts';
import type { ContainerClient } from './container-client.ts';
import { orAborted, throwIfCancelled } from './deadline.ts';
import { refusalStatus } from './engine-errors.ts';
import { StartWatch } from './start-watch.ts';

export interface StartOptions {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly onPhase: (phase: StartPhase) => void;
  /** What has to be done before the container may start, at the same time as it is created. */
  readonly prepared: Promise<void>;
}

export interface StartedContainer {
  readonly id: string;
  readonly imageId: string;
}

const END_TIMEOUT_MS = 5_000;
const SHOWN_LINES = 15;

/**
 * Creates and starts a container and waits until its desktop is drawn. On failure the container may be there, in
 * whatever state: it is for the caller to remove, by the name in `settings`.
 * @throws SandboxError sandbox-start-failed | sandbox-not-ready, ImageError, EngineError, CancelledError
 */
export async function startContainer(
  containers: ContainerClient,
  settings: ContainerCreateOptions,
  options: StartOptions,
): Promise<StartedContainer> {
  const { signal, onPhase } = options;
  const [id] = await Promise.all([containers.create(settings), options.prepared]);
  onPhase('created');
  throwIfCancelled(signal);
  const watch = new StartWatch(await containers.attachOutput(id, { signal }), onPhase);
  try {
    await begin(containers, id);
    onPhase('started');
    throwIfCancelled(signal);
    const [found] = await Promise.all([
      containers.inspect(id, { signal }),
      waitUntilDrawn(containers, id, watch, options),
    ]);
    return { id, imageId: found?.Image ?? '' };
  } finally {
    watch.stop();
  }
}

/** Without a signal: a start that was given up half-way cannot be removed until it is over. */
async function begin(containers: ContainerClient, id: string): Promise<void> {
  try {
    await containers.start(id);
  } catch (error) {
    if (refusalStatus(error) === undefined || !(error instanceof EngineError)) throw error;
    throw new SandboxError('sandbox-start-failed', `The sandbox could not be started: ${error.message}`, {
      cause: error,
    });
  }
}

async function waitUntilDrawn(
  containers: ContainerClient,
  id: string,
  watch: StartWatch,
  { signal, timeoutMs }: StartOptions,
): Promise<void> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const stop = signal ? AbortSignal.any([signal, deadline]) : deadline;
  const isDrawn = await orAborted(watch.isDrawn, stop).catch((error: unknown) => {
    throwIfCancelled(signal);
    if (deadline.aborted) throw notReady(timeoutMs, watch.log);
    throw error;
  });
  if (!isDrawn) throw await describeEnd(containers, id, watch.log);
}

async function describeEnd(containers: ContainerClient, id: string, log: string): Promise<Error> {
  // The output ends a little before the engine knows of the exit.
  await containers.waitForExit(id, { signal: AbortSignal.timeout(END_TIMEOUT_MS) }).catch(() => {});
  const found = await containers.inspect(id);
  if (found?.State.Running) {
    return new EngineError(
      'engine-unreachable',
      'The engine closed the connection while the desktop started.',
      {
        retryable: true,
      },
    );
  }
  const { ExitCode: exitCode, OOMKilled: outOfMemory = false } = found?.State ?? {};
  const how = found ? `ended with exit code ${exitCode}` : 'was removed';
  const why = outOfMemory ? ' (out of memory)' : '';
  return new SandboxError(
    'sandbox-start-failed',
    `The sandbox ${how}${why} before its desktop was drawn.${quote(log)}`,
    { details: { exitCode, outOfMemory, log } },
  );
}

function notReady(timeoutMs: number, log: string): SandboxError {
  return new SandboxError(
    'sandbox-not-ready',
    `The desktop was not drawn within ${timeoutMs} ms.${quote(log)}`,
    { details: { timeoutMs, log }, retryable: true },
  );
}

function quote(log: string): string {
  const lines = log.trimEnd().split('\n').slice(-SHOWN_LINES);
  return lines.join('') === '' ? ' It printed nothing.' : ` Its last output:\n${lines.join('\n')}`;
}
