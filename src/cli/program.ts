import { Command, CommanderError } from 'commander';
import { toDeskhandError } from '../errors.ts';
import { addAuditCommand } from './audit.ts';
import { addAttachCommands } from './attach.ts';
import { addDevCommand } from './dev.ts';
import { addDoctorCommand } from './doctor.ts';
import { addEvalCommand } from './eval/eval.ts';
import { EXIT, type ExitCode, exitCodeOfError } from './exit-codes.ts';
import { addImageCommand } from './image.ts';
import { addMcpCommand } from './mcp.ts';
import { addPolicyCommand } from './policy.ts';
import { addDemoCommand } from './demo.ts';
import { addDiffCommand } from './diff.ts';
import { addReplayCommand } from './replay.ts';
import { addResumeCommand } from './resume.ts';
import { addRunCommand } from './run.ts';
import { addRunsCommand } from './runs.ts';
import { addSandboxCommand } from './sandbox.ts';
import { type CliContext, printError } from './terminal.ts';
import { VERSION } from '../version.ts';

const EXIT_CODES = `
Exit codes:
  0    done, and verified where the task has checks
  1    the model says that it is done, but the checks did not all pass
  2    bad input: a flag, a file, an environment variable, a task that the model cannot take
  3    refused by the model or at the gate
  4    a limit was reached
  5    failed: the model, the desktop or its display
  6    a replay showed another screen than it should, or two runs differ
  69   no usable container engine, desktop image or Node.js
  70   a defect of deskhand
  130  stopped by a person`;

/** Runs one command line and returns its exit code; whatever fails is said on stderr. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<ExitCode> {
  const { stdout, stderr } = context;
  let exitCode: ExitCode = EXIT.done;
  const finishWith = async (code: Promise<ExitCode>): Promise<void> => {
    exitCode = await code;
  };
  const program = new Command('deskhand')
    .description('A desktop of its own for a computer-use model.')
    .version(VERSION)
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
    })
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText('after', EXIT_CODES);
  addRunCommand(program, finishWith, context);
  addEvalCommand(program, finishWith, context);
  addReplayCommand(program, finishWith, context);
  addRunsCommand(program, finishWith, context);
  addDiffCommand(program, finishWith, context);
  addDemoCommand(program, finishWith, context);
  addResumeCommand(program, finishWith, context);
  addAttachCommands(program, finishWith, context);
  addSandboxCommand(program, finishWith, context);
  addImageCommand(program, finishWith, context);
  addPolicyCommand(program, finishWith, context);
  addAuditCommand(program, finishWith, context);
  addDoctorCommand(program, finishWith, context);
  addMcpCommand(program, finishWith, context);
  addDevCommand(program, finishWith, context);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.done : EXIT.badInput;
    const error = toDeskhandError(thrown);
    printError(stderr, error);
    if (error.code === 'internal' && context.env['DEBUG'])
      stderr.write(`${error.stack}\n${String(error.cause)}\n`);
    return exitCodeOfError(error);
  }
}
