import { InputError, toMessage } from '../../errors.ts';
import { createLocalModel } from '../../model/local/local-model.ts';
import type { Brain } from './brain.ts';
import { ModelBrain } from './model-brain.ts';
import { createResponsesServer, type ServedRequest } from './responses-server.ts';
import { ScriptedBrain } from './scripted-brain.ts';
import { readServerScript } from './server-script.ts';

export interface DevServerOptions {
  /** 0: any free port. */
  readonly port: number;
  /** A file of answers and faults. */
  readonly script?: string | undefined;
  /** The embedded model answers. Default where the script has no answers. */
  readonly brain?: 'local' | undefined;
  readonly onServed?: (request: ServedRequest) => void;
}

export interface DevServer extends AsyncDisposable {
  /** As in OPENAI_BASE_URL. */
  readonly baseUrl: string;
  /** The one key that it takes. */
  readonly apiKey: string;
  /** What answers, in words. */
  readonly brain: string;
}

/**
 * The strict server to use by hand.
 * @throws InputError when the script is wrong, answers twice, or the port is taken
 */
export async function createDevServer(options: DevServerOptions): Promise<DevServer> {
  const { port, onServed } = options;
  const script = options.script === undefined ? undefined : await readServerScript(options.script);
  if (options.brain === 'local' && script?.answers !== undefined) {
    throw new InputError('invalid-option', 'Either the script has answers or the local model gives them.', {
      hint: `Leave out --brain local, or take the answers out of ${options.script}.`,
    });
  }
  await using resources = new AsyncDisposableStack();
  const brain = script?.answers === undefined ? localBrain(resources) : new ScriptedBrain(script.answers);
  const server = resources.use(await listen({ brain, port, onServed }));
  server.fail(...(script?.faults ?? []));
  const owned = resources.move();
  return {
    baseUrl: server.baseUrl,
    apiKey: server.apiKey,
    brain: script?.answers === undefined ? 'the local model' : `${script.answers.length} scripted answers`,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function localBrain(resources: AsyncDisposableStack): Brain {
  return new ModelBrain(resources.use(createLocalModel()));
}

async function listen({ port, ...options }: Parameters<typeof createResponsesServer>[0]) {
  try {
    return await createResponsesServer({ ...options, port: port ?? 0, keepsBodies: false });
  } catch (cause) {
    throw new InputError('invalid-option', `The server cannot listen on port ${port}: ${toMessage(cause)}.`, {
      cause,
      hint: 'Name another port, or --port 0 for any that is free.',
    });
  }
}
