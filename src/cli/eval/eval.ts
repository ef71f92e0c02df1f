import type { Command } from 'commander';
import type { ExitCode } from '../exit-codes.ts';
import type { CliContext } from '../terminal.ts';
import { addCheckCommand } from './check.ts';
import { addEvalReadCommands } from './compare.ts';
import { addImportCommand } from './import.ts';
import { addEvalRunCommands } from './run.ts';

export function addEvalCommand(
  program: Command,
  finishWith: (code: Promise<ExitCode>) => Promise<void>,
  context: CliContext,
): void {
  const evaluation = program
    .command('eval')
    .summary('many tasks, several trials each, with numbers')
    .description('Batch evaluation: docs/evaluation.md.');
  addEvalRunCommands(evaluation, finishWith, context);
  addEvalReadCommands(evaluation, finishWith, context);
  addCheckCommand(evaluation, finishWith, context);
  addImportCommand(evaluation, finishWith, context);
}
