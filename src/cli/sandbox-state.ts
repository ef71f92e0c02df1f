import type { Command } from 'commander';
import { createDriver } from '../compose.ts';
import { loadConfig } from '../config/load-config.ts';
import type { ConfigFlags } from '../config/settings.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type CliContext, printLine } from './terminal.ts';

async function openDriver(flags: ConfigFlags, { cwd, env, signal }: CliContext) {
  return await createDriver(await loadConfig({ flags, env, cwd }), { signal });
}

async function setPaused(
  isPaused: boolean,
  names: readonly string[],
  flags: ConfigFlags,
  context: CliContext,
): Promise<ExitCode> {
  const { signal, stdout } = context;
  await using driver = await openDriver(flags, context);
  for (const name of names) {
    const sandbox = await driver.attach(name, { signal });
    await (isPaused ? sandbox.pause({ signal }) : sandbox.unpause({ signal }));
    printLine(stdout, sandbox.name);
  }
  return EXIT.done;
}

async function takeSnapshot(
  desktop: string,
  name: string,
  flags: ConfigFlags,
  context: CliContext,
): Promise<ExitCode> {
  const { signal, stderr, stdout } = context;
  await using driver = await openDriver(flags, context);
  const { reference } = await driver.snapshot(desktop, name, { signal });
  printLine(stderr, `start from it with \`deskhand run --from-snapshot ${name} TASK\``);
  printLine(stdout, reference);
  return EXIT.done;
}

/** Adds what freezes a desktop and what keeps its files to `deskhand sandbox`. */
export function addSandboxStateCommands(
  sandbox: Command,
  finishWith: (code: Promise<ExitCode>) => Promise<void>,
  context: CliContext,
): void {
  sandbox
    .command('pause')
    .description('Freeze desktops: they keep their memory and use no processor.')
    .argument('<name...>')
    .action((names: string[], flags: ConfigFlags) => finishWith(setPaused(true, names, flags, context)));
  sandbox
    .command('unpause')
    .description('Let paused desktops go on.')
    .argument('<name...>')
    .action((names: string[], flags: ConfigFlags) => finishWith(setPaused(false, names, flags, context)));
  sandbox
    .command('snapshot')
    .description("Keep the files of a desktop's home folder, to start others from; programs are not kept.")
    .argument('<name>')
    .argument('<snapshot>', 'what to call it')
    .action((desktop: string, name: string, flags: ConfigFlags) =>
      finishWith(takeSnapshot(desktop, name, flags, context)),
    );
}
