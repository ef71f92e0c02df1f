import type { CallToolResult, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { describeAction } from '../../action/describe.ts';
import type { Screenshot } from '../../action/screenshot.ts';
import { toDeskhandError } from '../../errors.ts';
import type { ExecResult } from '../../sandbox/sandbox-driver.ts';
import { type Clock, systemClock } from '../../util/clock.ts';
import type { OwnedDesktop } from '../open-desktop.ts';
import { performAction } from '../perform-action.ts';
import type { DesktopSession } from './desktop-session.ts';
import {
  ACTION_DESCRIPTIONS,
  ACTION_INPUTS,
  type ActionTool,
  COMMAND_INPUT,
  WAIT_INPUT,
} from './tool-inputs.ts';
import { toErrorResult, toResult } from './tool-result.ts';

export interface DesktopToolsOptions {
  readonly session: DesktopSession;
  /** Offers `run_command`. Default false. */
  readonly allowsCommands?: boolean | undefined;
  /** Whether actions answer with the screen unless the caller says otherwise. Default true. */
  readonly showsScreen?: boolean | undefined;
  readonly clock?: Clock | undefined;
}

interface CallContext {
  readonly mcpReq: { readonly signal: AbortSignal };
}

/** What a tool did to the desktop, in words. */
type Act = (desktop: OwnedDesktop, signal: AbortSignal) => Promise<string>;

/** Characters of each output stream that a model gets. */
const MOST_OUTPUT = 20_000;
const LOCAL = { openWorldHint: false } as const;
const LOOKING = { ...LOCAL, readOnlyHint: true } as const;

function shorten(output: Buffer): string {
  const text = output.toString();
  const left = text.length - MOST_OUTPUT;
  return left > 0 ? `${text.slice(0, MOST_OUTPUT)}\n[${left} more characters]` : text;
}

function describeExec({ exitCode, stdout, stderr }: ExecResult): string {
  const parts = [`exit code ${exitCode}`];
  if (stdout.length > 0) parts.push(`stdout:\n${shorten(stdout)}`);
  if (stderr.length > 0) parts.push(`stderr:\n${shorten(stderr)}`);
  return parts.join('\n');
}

class DesktopTools {
  readonly #session: DesktopSession;
  readonly #clock: Clock;
  readonly #screenshot: z.ZodDefault<z.ZodBoolean>;
  readonly #server: McpServer;

  constructor(server: McpServer, { session, clock = systemClock, showsScreen = true }: DesktopToolsOptions) {
    this.#server = server;
    this.#session = session;
    this.#clock = clock;
    this.#screenshot = z.boolean().default(showsScreen).describe('answer with the screen afterwards');
  }

  addLifecycle(): void {
    const start = {
      title: 'Start the desktop',
      description:
        'Start your desktop: a Linux desktop in a sandbox, which nobody else uses. Call it first. ' +
        'It answers with the screen. A desktop that runs already is kept as it is.',
      inputSchema: z.strictObject({}),
      annotations: { ...LOCAL, idempotentHint: true },
    };
    this.#server.registerTool('desktop_start', start, (_input, context) =>
      guarded(async () => {
        const { signal } = context.mcpReq;
        const { isNew, desktop } = await this.#session.start({ signal });
        const { width, height } = desktop.display.size;
        const screenshot = await this.#session.use({ signal }, ({ display }) =>
          display.screenshot({ signal }),
        );
        const state = isNew ? 'The desktop is ready' : 'The desktop runs already';
        const text = `${state}: ${desktop.sandbox.name}, ${width}x${height} px.`;
        return toResult(text, screenshot);
      }),
    );
    const stop = {
      title: 'Stop the desktop',
      description: 'Remove your desktop with everything on it.',
      inputSchema: z.strictObject({}),
      annotations: { ...LOCAL, destructiveHint: true, idempotentHint: true },
    };
    this.#server.registerTool('desktop_stop', stop, (_input, context) =>
      guarded(async () => {
        const wasThere = await this.#session.stop({ signal: context.mcpReq.signal });
        return toResult(wasThere ? 'The desktop is removed.' : 'There was no desktop.');
      }),
    );
  }

  addScreenshot(): void {
    const config = {
      title: 'Look at the screen',
      description: 'The screen as it is now, as a PNG.',
      inputSchema: z.strictObject({}),
      annotations: LOOKING,
    };
    this.#server.registerTool('screenshot', config, (_input, context) =>
      this.#act(context, true, ({ display }) =>
        Promise.resolve(`The screen, ${display.size.width}x${display.size.height} px.`),
      ),
    );
  }

  addAction(type: ActionTool): void {
    const inputSchema = z.strictObject({ ...ACTION_INPUTS[type], screenshot: this.#screenshot });
    const config = { description: ACTION_DESCRIPTIONS[type], inputSchema, annotations: LOCAL };
    this.#server.registerTool(type, config, ({ screenshot, ...input }, context) =>
      this.#act(context, screenshot, async ({ display }, signal) => {
        const done = await performAction({ type, ...input }, display, { clock: this.#clock, signal });
        return `Done: ${describeAction(done.action)}.`;
      }),
    );
  }

  addWait(): void {
    const inputSchema = z.strictObject({ ...WAIT_INPUT, screenshot: this.#screenshot });
    const description = 'Wait, then until the screen is quiet.';
    this.#server.registerTool('wait', { description, inputSchema, annotations: LOOKING }, (input, context) =>
      this.#act(context, input.screenshot, async ({ display }, signal) => {
        await this.#clock.sleep(input.ms, { signal });
        await display.settle({ signal });
        return 'Done: wait.';
      }),
    );
  }

  addCommand(): void {
    const config = {
      description: "Run a command on the desktop as the desktop's user, without a screen of its own.",
      inputSchema: z.strictObject(COMMAND_INPUT),
      annotations: { ...LOCAL, destructiveHint: true },
    };
    this.#server.registerTool('run_command', config, ({ command, timeout_s: timeoutS }, context) =>
      this.#act(context, false, async ({ sandbox }, signal) => {
        const timeoutMs = timeoutS * 1000;
        return describeExec(await sandbox.exec(['/bin/sh', '-c', command], { timeoutMs, signal }));
      }),
    );
  }

  /** One call on the desktop; a failure is told together with the screen, where it can be had. */
  async #act({ mcpReq }: CallContext, showsScreen: boolean, act: Act): Promise<CallToolResult> {
    return await guarded(() =>
      this.#session.use(mcpReq, async (desktop, signal) => {
        const look = async (): Promise<Screenshot | undefined> =>
          showsScreen ? await desktop.display.screenshot({ signal }) : undefined;
        try {
          return toResult(await act(desktop, signal), await look());
        } catch (error) {
          return toErrorResult(toDeskhandError(error), await look().catch(() => undefined));
        }
      }),
    );
  }
}

async function guarded(act: () => Promise<CallToolResult>): Promise<CallToolResult> {
  try {
    return await act();
  } catch (error) {
    return toErrorResult(toDeskhandError(error));
  }
}

const ACTION_TOOLS = ['click', 'double_click', 'drag', 'move', 'scroll', 'type', 'keypress'] as const;

/** Gives an MCP server the tools of one desktop. */
export function addDesktopTools(server: McpServer, options: DesktopToolsOptions): void {
  const tools = new DesktopTools(server, options);
  tools.addLifecycle();
  tools.addScreenshot();
  for (const type of ACTION_TOOLS) tools.addAction(type);
  tools.addWait();
  if (options.allowsCommands === true) tools.addCommand();
}
