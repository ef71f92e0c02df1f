import type { Command } from 'commander';
import { createDriver, openViewer } from '../compose.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import type { ConfigFlags } from '../config/settings.ts';
import { DisplayError, InputError } from '../errors.ts';
import { startBrowserAlone } from '../sandbox/browser/browser.ts';
import { parseDuration } from '../util/quantities.ts';
import { addConfigFlags } from './config-flags.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { provideImage } from './image.ts';
import { copyCommand } from './sandbox-copy.ts';
import { screenshotCommand } from './sandbox-screenshot.ts';
import { addSandboxStateCommands } from './sandbox-state.ts';
import { type CliContext, formatDuration, formatTable, printLine, writeOutput } from './terminal.ts';

interface CreateFlags extends ConfigFlags {
  readonly expires: string;
  readonly fromSnapshot?: string;
}

async function open(flags: ConfigFlags, { cwd, env, signal }: CliContext) {
  const config = await loadConfig({ flags, env, cwd });
  return { config, driver: await createDriver(config, { signal }) };
}

async function createSandbox(flags: CreateFlags, context: CliContext): Promise<ExitCode> {
  const { signal, stdout, stderr } = context;
  const expires = parseDuration(flags.expires);
  if ('problem' in expires) throw new InputError('invalid-option', `--expires: ${expires.problem}`);
  const opened = await open(flags, context);
  requireNoNetwork(opened.config);
  await using driver = opened.driver;
  const { sandbox, display, environment, url = 'about:blank' } = opened.config;
  const image = await provideImage(driver, opened.config, context, flags.fromSnapshot);
  const made = await driver.create(
    { ...sandbox, image, display, runId: 'kept', isKept: true, expiresInMs: expires.value },
    { signal },
  );
  if (environment === 'browser') await startBrowserAlone(made, { url, signal });
  const drawn = Math.max(made.phases.panel ?? 0, made.phases.desktop ?? 0);
  printLine(
    stderr,
    `desktop ready in ${formatDuration(drawn)}; it is removed after ${flags.expires} or by \`sandbox rm\``,
  );
  printLine(stdout, made.name);
  return EXIT.done;
}

/** A desktop's way out is a proxy in the process that made it, and this one ends. */
function requireNoNetwork({ sandbox: { network, allowDomains } }: Config): void {
  if (network === 'none' && allowDomains === undefined) return;
  throw new InputError('invalid-option', 'A desktop that is left running cannot have a network.', {
    hint: 'Use `deskhand run`, or `deskhand mcp`: their desktops have one for as long as they run.',
  });
}

async function listSandboxes(
  flags: ConfigFlags & { json?: boolean },
  context: CliContext,
): Promise<ExitCode> {
  const { driver } = await open(flags, context);
  await using _ = driver;
  const found = await driver.list({ signal: context.signal });
  if (flags.json === true) {
    context.stdout.write(`${JSON.stringify(found)}\n`);
    return EXIT.done;
  }
  const rows = found.map(({ name, runId, state, owner, createdAtMs, expiresAtMs }) => {
    const age = formatDuration(Math.max(0, Date.now() - createdAtMs));
    const left = expiresAtMs - Date.now();
    return [name, runId, state, owner, age, left > 0 ? formatDuration(left) : 'expired'];
  });
  printLine(context.stdout, formatTable([['NAME', 'RUN', 'STATE', 'OWNER', 'AGE', 'EXPIRES IN'], ...rows]));
  return EXIT.done;
}

async function execInSandbox(
  id: string,
  argv: readonly string[],
  flags: ConfigFlags,
  context: CliContext,
): Promise<ExitCode> {
  const { driver } = await open(flags, context);
  await using _ = driver;
  // Not disposed of: that would remove a sandbox that somebody keeps.
  const sandbox = await driver.attach(id, { signal: context.signal });
  const { exitCode, stdout, stderr } = await sandbox.exec(argv, { signal: context.signal });
  writeOutput(context.stdout, stdout);
  writeOutput(context.stderr, stderr);
  return exitCode;
}

interface VncFlags extends ConfigFlags {
  readonly port?: string;
}

async function lendDesktop(id: string, flags: VncFlags, context: CliContext): Promise<ExitCode> {
  const { signal, stdout, stderr } = context;
  const port = toPort(flags.port);
  const { driver } = await open(flags, context);
  await using _ = driver;
  const sandbox = await driver.attach(id, { signal });
  await using listener = await openViewer(sandbox, { signal, port });
  printLine(stdout, listener.address);
  printLine(stdout, listener.password);
  printLine(
    stderr,
    'Open this address with that password in a VNC viewer. It is open until the viewer leaves, or until Ctrl-C.',
  );
  const stopped = new Promise<'stopped'>((resolve) => {
    signal.addEventListener('abort', () => resolve('stopped'), { once: true });
  });
  const how = await Promise.race([listener.ended, stopped]);
  if (how !== 'locked') return EXIT.done;
  throw new DisplayError('display-authentication', 'Too many wrong passwords came: it is closed.');
}

/** @throws InputError invalid-option */
export function toPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InputError(
    'invalid-option',
    `--port: expected a number from 0 to 65535; has ${JSON.stringify(text)}`,
  );
}

async function removeSandboxes(
  ids: readonly string[],
  flags: ConfigFlags,
  context: CliContext,
): Promise<ExitCode> {
  const { driver } = await open(flags, context);
  await using _ = driver;
  for (const id of ids) {
    await driver.remove(id, { signal: context.signal });
    printLine(context.stdout, id);
  }
  return EXIT.done;
}

async function pruneSandboxes(flags: ConfigFlags, context: CliContext): Promise<ExitCode> {
  const { driver } = await open(flags, context);
  await using _ = driver;
  const removed = await driver.prune({ signal: context.signal });
  for (const { name } of removed) printLine(context.stdout, name);
  printLine(context.stderr, `${removed.length} removed`);
  return EXIT.done;
}

export function addSandboxCommand(
  program: Command,
  finishWith: (code: Promise<ExitCode>) => Promise<void>,
  context: CliContext,
): void {
  const sandbox = program
    .command('sandbox')
    .summary('desktops without a model')
    .description('Desktops by hand.');
  addConfigFlags(sandbox.command('create'))
    .description('Start a desktop and leave it running; prints its name.')
    .option('--expires <duration>', 'when the reaper may remove it', '1h')
    .option('--from-snapshot <name>', 'start from the files that `sandbox snapshot` kept')
    .action((flags: CreateFlags) => finishWith(createSandbox(flags, context)));
  sandbox
    .command('ls')
    .description('List the desktops on this engine.')
    .option('--json', 'as JSON')
    .action((flags: ConfigFlags) => finishWith(listSandboxes(flags, context)));
  sandbox
    .command('exec')
    .description("Run a program on a desktop, as the desktop's user; exits with the program's code.")
    .argument('<name>')
    .argument('<command...>', 'after --')
    .action((id: string, argv: string[], flags: ConfigFlags) =>
      finishWith(execInSandbox(id, argv, flags, context)),
    );
  sandbox
    .command('cp')
    .description('Copy files out of a desktop or into one; links, devices and pipes are left out.')
    .argument('<from>', 'NAME:/path on a desktop, or a path here')
    .argument('<to>', 'a folder, in the other place')
    .action((from: string, to: string, flags: ConfigFlags) =>
      finishWith(copyCommand(from, to, flags, context)),
    );
  sandbox
    .command('screenshot')
    .description('Write what a desktop shows to a PNG file.')
    .argument('<name>')
    .argument('[file]', '', 'screenshot.png')
    .option('--display <WxH>', 'size of the picture (default: that of the desktop)')
    .action((id: string, file: string, flags: ConfigFlags) =>
      finishWith(screenshotCommand(id, file, flags, context)),
    );
  sandbox
    .command('vnc')
    .description(
      'Let one VNC viewer on this machine in; prints the address and a password that is good once.',
    )
    .argument('<name>')
    .option('--port <number>', 'port on 127.0.0.1 (default: one that is free)')
    .action((id: string, flags: VncFlags) => finishWith(lendDesktop(id, flags, context)));
  sandbox
    .command('rm')
    .description('Remove desktops.')
    .argument('<name...>')
    .action((ids: string[], flags: ConfigFlags) => finishWith(removeSandboxes(ids, flags, context)));
  sandbox
    .command('prune')
    .description('Remove the desktops that nobody owns any more.')
    .action((flags: ConfigFlags) => finishWith(pruneSandboxes(flags, context)));
  addSandboxStateCommands(sandbox, finishWith, context);
}
