import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { InputError } from '../errors.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type CliContext, printLine } from './terminal.ts';

interface ModelServerFlags {
  readonly port: string;
  readonly script?: string;
  readonly brain?: string;
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port >= 0 && port <= 65_535) return port;
  throw new InputError('invalid-option', `--port: expected a number from 0 to 65535; has "${text}"`);
}

function parseBrain(text: string | undefined): 'local' | undefined {
  if (text === undefined || text === 'local') return text;
  throw new InputError('invalid-option', `--brain: expected local; has "${text}"`);
}

/** `deskhand dev model-server`: until it is stopped. */
async function runModelServer(flags: ModelServerFlags, context: CliContext): Promise<ExitCode> {
  const { cwd, signal, stdout } = context;
  const [port, brain] = [parsePort(flags.port), parseBrain(flags.brain)];
  // The doubles are a leaf that nothing else of the commands uses; they are loaded for this one alone.
  const { createDevServer } = await import('../testing/responses-server/dev-server.ts');
  await using server = await createDevServer({
    port,
    brain,
    script: flags.script === undefined ? undefined : resolve(cwd, flags.script),
    onServed: ({ method, path, status, problem }) => {
      const outcome = status === 0 ? 'cut off' : `${status ?? 'no answer'}`;
      printLine(stdout, `${method} ${path} ${problem ?? outcome}`);
    },
  });
  printLine(stdout, `A strict Responses API on this machine only; ${server.brain} answer.`);
  printLine(stdout, 'In another terminal:');
  printLine(stdout, `  export OPENAI_BASE_URL=${server.baseUrl} OPENAI_API_KEY=${server.apiKey}`);
  printLine(stdout, '  deskhand run TASK --model openai:gpt-5.4');
  if (!signal.aborted) await once(signal, 'abort');
  return EXIT.done;
}

export function addDevCommand(
  program: Command,
  finishWith: (code: Promise<ExitCode>) => Promise<void>,
  context: CliContext,
): void {
  const dev = program
    .command('dev')
    .summary('for those who work on deskhand or against its models')
    .description('For those who work on deskhand or against its models.');
  dev
    .command('model-server')
    .description(
      'Serves a strict Responses API on 127.0.0.1 until it is stopped: no key of yours, no network, no cost.',
    )
    .option('--port <number>', 'port to listen on; 0 for any that is free', '8787')
    .option('--script <file>', 'answers and faults to play (docs/models.md)')
    .option('--brain <brain>', 'local: the embedded model answers (default without scripted answers)')
    .action((flags: ModelServerFlags) => finishWith(runModelServer(flags, context)));
}
