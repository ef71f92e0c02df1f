import { Agent } from 'node:https';
import type Docker from 'dockerode';
import type { DockerOptions } from 'dockerode';
import { isDeskhandError } from '../../errors.ts';
import { orAborted, toCancelled } from './deadline.ts';
import { findEndpoints } from './endpoint.ts';
import type { EndpointOptions, EngineEndpoint } from './endpoint.ts';
import { noAnswer, toEngineError } from './engine-errors.ts';
import type { EngineErrorContext } from './engine-errors.ts';

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Default 30,000 ms. Infinity: no deadline. */
  readonly timeoutMs?: number;
}

/** A container engine that answered. Everything asked of it goes through `call`. */
export interface Engine {
  readonly endpoint: EngineEndpoint;
  /**
   * Runs one request with a deadline. The signal given to `act` never fires after `call` has settled, so a stream
   * that the request opened outlives the deadline.
   * @throws EngineError, CancelledError
   */
  call<T>(
    doing: string,
    act: (docker: Docker, abortSignal: AbortSignal) => Promise<T>,
    options?: CallOptions,
  ): Promise<T>;
}

/**
 * Finds the engine and waits for its first answer.
 * @throws EngineError engine-not-found | engine-permission | engine-unreachable
 * @throws InputError when DOCKER_HOST or the context cannot be used
 */
export async function connectEngine(options: EndpointOptions & CallOptions = {}): Promise<Engine> {
  const { signal, timeoutMs = 5_000 } = options;
  const failures: unknown[] = [];
  for (const endpoint of await findEndpoints(options)) {
    const engine = await openEngine(endpoint);
    try {
      await engine.call('waiting for its first answer', async (docker) => await docker.ping(), {
        signal,
        timeoutMs,
      });
      return engine;
    } catch (error) {
      if (signal?.aborted) throw toCancelled(signal.reason);
      failures.push(error);
    }
  }
  throw failures[0];
}

async function openEngine(endpoint: EngineEndpoint): Promise<Engine> {
  // Loading dockerode takes longer than any command that needs no engine.
  const { default: Docker } = await import('dockerode');
  const docker = new Docker(toDockerOptions(endpoint));
  let hasAnswered = false;
  return {
    endpoint,
    call: async (doing, act, options = {}) => {
      const context = { doing, endpoint: endpoint.url, hasAnswered };
      const result = await callWithin(context, options, async (signal) => await act(docker, signal));
      hasAnswered = true;
      return result;
    },
  };
}

/** Every field is set, for docker-modem fills those that are missing from DOCKER_HOST. */
function toDockerOptions(endpoint: EngineEndpoint): DockerOptions {
  const none = { host: undefined, port: undefined, socketPath: undefined, timeout: undefined };
  const plain = { ...none, ca: undefined, cert: undefined, key: undefined, protocol: 'http' } as const;
  if (endpoint.kind === 'unix') return { ...plain, socketPath: endpoint.path };
  const { host, port, tls } = endpoint;
  if (!tls) return { ...plain, host, port };
  const { ca, cert, key, isVerified } = tls;
  const agent = isVerified ? {} : { agent: new Agent({ rejectUnauthorized: false, keepAlive: true }) };
  return { ...none, protocol: 'https', host, port, ca, cert, key, ...agent };
}

async function callWithin<T>(
  context: EngineErrorContext,
  { signal, timeoutMs = 30_000 }: CallOptions,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(toCancelled(signal?.reason));
  const timer =
    timeoutMs === Number.POSITIVE_INFINITY
      ? undefined
      : setTimeout(() => controller.abort(noAnswer(timeoutMs, context)), timeoutMs);
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    controller.signal.throwIfAborted();
    return await orAborted(act(controller.signal), controller.signal);
  } catch (error) {
    throw isDeskhandError(error) ? error : toEngineError(error, context);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
