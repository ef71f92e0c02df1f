import { Readable, Writable } from 'node:stream';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { McpDesktopsOptions } from '../adapters/mcp/mcp-desktops.ts';
import { openDesktop } from '../adapters/open-desktop.ts';
import { createDriver } from '../compose.ts';
import { loadConfig } from '../config/load-config.ts';
import { type ConfigFlags, MCP_TOKEN_VARIABLE } from '../config/settings.ts';
import { InputError, InternalError } from '../errors.ts';
import { parseDuration } from '../util/quantities.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { describeImage } from './image.ts';
import { RESUME_GRACE_MS } from './run-start.ts';
import { type CliContext, printLine } from './terminal.ts';
import { VERSION } from '../version.ts';

interface Address {
  readonly host: string;
  readonly port: number;
}

interface McpFlags extends ConfigFlags {
  readonly http?: Address | true;
  readonly allowHost?: readonly string[];
  readonly allowCommands?: boolean;
  readonly screenshots: boolean;
  readonly idle: string;
  readonly maxClients: number;
}

const DEFAULT_ADDRESS: Address = { host: '127.0.0.1', port: 8931 };
/** The reaper may take a desktop of ours after this time even if its client still uses it. */
const DESKTOP_LIFETIME_MS = 12 * 3_600_000;

/** `8931`, `127.0.0.1:8931`, `[::1]:8931` */
function parseAddress(text: string): Address {
  const match = /^(?:(?<host>[^:[\]]+|\[[0-9a-fA-F:]+\]):)?(?<port>\d{1,5})$/.exec(text);
  const port = Number(match?.groups?.['port'] ?? Number.NaN);
  if (!(port <= 65_535)) throw new InvalidArgumentError('It is [HOST:]PORT, such as 8931 or [::1]:8931.');
  const host = match?.groups?.['host']?.replace(/^\[|\]$/g, '');
  return { host: host ?? DEFAULT_ADDRESS.host, port };
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('It is a number from 1.');
  return Number(text);
}

async function serveOverHttp(
  address: Address,
  options: McpDesktopsOptions,
  flags: McpFlags,
  { env, signal, stderr }: CliContext,
): Promise<ExitCode> {
  // Loaded here, so that the other commands do not start slower for it.
  const { serveMcpHttp } = await import('../adapters/mcp/http-server.ts');
  const { isLoopback } = await import('../adapters/mcp/http-guard.ts');
  const { allowHost: allowedHosts, maxClients } = flags;
  const token = env[MCP_TOKEN_VARIABLE] || undefined;
  await using server = await serveMcpHttp({ ...options, ...address, allowedHosts, maxClients, token });
  printLine(stderr, `MCP is served at ${server.url}; Ctrl-C ends it.`);
  if (!isLoopback(address.host)) {
    printLine(stderr, 'warning: the connection is not encrypted; put a TLS proxy before it.', 'yellow');
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  if (signal.aborted) resolve();
  await promise;
  return EXIT.stopped;
}

async function serveOverStdio(options: McpDesktopsOptions, context: CliContext): Promise<ExitCode> {
  const { stdin: input, stdout: output, signal } = context;
  if (!(input instanceof Readable) || !(output instanceof Writable)) {
    throw new InternalError('internal', 'Standard input and output are no streams of Node.');
  }
  const { serveMcpStdio } = await import('../adapters/mcp/stdio-server.ts');
  await serveMcpStdio({ ...options, input, output, signal });
  return signal.aborted ? EXIT.stopped : EXIT.done;
}

/** `deskhand mcp`: until the client is gone (stdio), or until somebody says stop. */
async function mcpCommand(flags: McpFlags, context: CliContext): Promise<ExitCode> {
  const { cwd, env, signal, stderr } = context;
  const idle = parseDuration(flags.idle);
  if ('problem' in idle) throw new InputError('invalid-option', `--idle: ${idle.problem}`);
  const config = await loadConfig({ flags, env, cwd });
  for (const warning of config.warnings) printLine(stderr, `warning: ${warning}`, 'yellow');
  await using driver = await createDriver(config, { signal });
  if (config.environment === 'browser') {
    throw new InputError('invalid-option', 'The desktops of MCP clients have no browser environment.', {
      hint: 'Leave out environment: browser (or DESKHAND_ENVIRONMENT).',
    });
  }
  const image = await describeImage(driver, config, { signal });
  if (image.problem !== undefined) throw image.problem;
  await driver.prune({ signal, graceMs: RESUME_GRACE_MS });
  const options: McpDesktopsOptions = {
    open: (opening) => openDesktop(driver, { ...opening, config, expiresInMs: DESKTOP_LIFETIME_MS }),
    idleMs: idle.value,
    version: VERSION,
    allowsCommands: flags.allowCommands === true,
    showsScreen: flags.screenshots,
    onError: (error) => printLine(stderr, `mcp: ${error.message}`, 'yellow'),
  };
  if (flags.http === undefined) return await serveOverStdio(options, context);
  return await serveOverHttp(flags.http === true ? DEFAULT_ADDRESS : flags.http, options, flags, context);
}

export function addMcpCommand(
  program: Command,
  finishWith: (code: Promise<ExitCode>) => Promise<void>,
  context: CliContext,
): void {
  program
    .command('mcp')
    .summary('a desktop for an MCP client')
    .description('Serve desktops to MCP clients, one to each: on stdin and stdout, or by HTTP.')
    .addOption(
      new Option('--http [[host:]port]', 'serve by streamable HTTP (default: 127.0.0.1:8931)').argParser(
        parseAddress,
      ),
    )
    .option('--allow-host <name...>', 'further names by which clients reach the HTTP server')
    .addOption(new Option('--max-clients <number>', 'HTTP sessions at once').argParser(parseCount).default(4))
    .option('--idle <duration>', 'remove a desktop that nobody used for so long', '10m')
    .option('--allow-commands', 'offer run_command, which runs programs in the sandbox')
    .option('--no-screenshots', 'answer actions without the screen, unless the client asks for it')
    .option('--config <file>', 'settings file (default: deskhand.yaml where there is one)')
    .option('--display <WxH>', 'size of the desktops in px (default: 1440x900)')
    .option('--image <reference>', 'desktop image (default: the one that deskhand builds)')
    .option('--network <mode>', 'none or full (default: none)')
    .option('--memory <size>', 'memory of each desktop (default: 1g)')
    .option('--cpus <number>', 'processors of each desktop (default: 1.5)')
    .option('--pids <number>', 'processes of each desktop (default: 256)')
    .option('--vnc <way>', 'auto, socket or exec (default: auto)')
    .action((flags: McpFlags) => finishWith(mcpCommand(flags, context)));
}
