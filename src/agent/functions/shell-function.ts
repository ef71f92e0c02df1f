import { z } from 'zod';
import { ActionError, isDeskhandError } from '../../errors.ts';
import { shorten } from '../../util/shorten.ts';
import { defineFunction, type FunctionTool } from './function-tool.ts';

export interface ShellOptions {
  /** After this a command is killed, ms. Default 60,000. */
  readonly timeoutMs?: number | undefined;
  /** Characters of each of stdout and stderr that the model is given. Default 8,000. */
  readonly outputLimit?: number | undefined;
}

const DESCRIPTION = [
  'Runs a command line with /bin/sh inside the desktop, as its user, in the home folder, and returns exit code and output.',
  'Use it where it is surer than the screen, such as to read a file or to see whether something was saved.',
  'It has no terminal and no input. Start an application with "setsid -f PROGRAM" so that it stays open.',
].join(' ');

/** The net below the sandbox's own deadline, which kills the command. */
const MARGIN_MS = 10_000;

/** As a person reads it too, in the report; what is empty is left out. */
function toText(exitCode: number, stdout: string, stderr: string): string {
  const streams = [
    ...(stdout === '' ? [] : [`stdout:\n${stdout.trimEnd()}`]),
    ...(stderr === '' ? [] : [`stderr:\n${stderr.trimEnd()}`]),
  ];
  return [`exit code ${exitCode}`, ...streams].join('\n');
}

/** `shell`: a command in the sandbox, never on this machine. */
export function createShellFunction(options: ShellOptions = {}): FunctionTool {
  const { timeoutMs = 60_000, outputLimit = 8_000 } = options;
  const shown = (bytes: Buffer): string => shorten(bytes.toString('utf8'), outputLimit);
  return defineFunction({
    name: 'shell',
    description: `${DESCRIPTION} It is killed after ${timeoutMs / 1000} s.`,
    parameters: z.object({ command: z.string().describe('a line for /bin/sh') }),
    timeoutMs: timeoutMs + MARGIN_MS,
    run: async ({ command }, { desktop, signal }) => {
      try {
        const argv = ['/bin/sh', '-c', command];
        const { exitCode, stdout, stderr } = await desktop.sandbox.exec(argv, { timeoutMs, signal });
        return toText(exitCode, shown(stdout), shown(stderr));
      } catch (error) {
        if (!isDeskhandError(error) || error.code !== 'exec-failed') throw error;
        throw new ActionError('function-failed', error.message, { cause: error });
      }
    },
  });
}
