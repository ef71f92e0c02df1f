import { McpServer } from '@modelcontextprotocol/server';
import { toDeskhandError } from '../../errors.ts';
import type { Clock } from '../../util/clock.ts';
import { DesktopSession, type DesktopSessionOptions } from './desktop-session.ts';
import { addDesktopTools } from './desktop-tools.ts';

export interface McpDesktopsOptions extends Pick<DesktopSessionOptions, 'open' | 'idleMs'> {
  /** deskhand's own version, told to clients. */
  readonly version: string;
  readonly allowsCommands?: boolean;
  readonly showsScreen?: boolean;
  readonly clock?: Clock;
  /** Told of what failed where no client can be told: a desktop that could not be removed. */
  readonly onError?: (error: Error) => void;
}

const INSTRUCTIONS =
  'You have a Linux desktop of your own. Call desktop_start, look at the screenshot, then act on what you see. ' +
  'Coordinates are px of the screenshot. Every action waits until the screen is quiet and answers with the screen.';

/** Makes an MCP server with a desktop of its own for each client, and keeps count of the desktops. */
export class McpDesktops implements AsyncDisposable {
  readonly #options: McpDesktopsOptions;
  readonly #sessions = new Set<DesktopSession>();

  constructor(options: McpDesktopsOptions) {
    this.#options = options;
  }

  /** A server for one client. Its desktop is removed when the client is gone. */
  createServer({ onClosed }: { readonly onClosed?: () => void } = {}): McpServer {
    const { open, idleMs, clock, version, allowsCommands, showsScreen, onError } = this.#options;
    const session = new DesktopSession({ open, idleMs, clock, onError });
    this.#sessions.add(session);
    const info = { name: 'deskhand', title: 'deskhand desktop', version };
    const server = new McpServer(info, { instructions: INSTRUCTIONS });
    addDesktopTools(server, { session, allowsCommands, showsScreen, clock });
    server.server.onclose = () => {
      onClosed?.();
      this.#end(session).catch((error: unknown) => onError?.(toDeskhandError(error)));
    };
    return server;
  }

  /** Removes every desktop; rejects with the first failure after all were tried. */
  async [Symbol.asyncDispose](): Promise<void> {
    const ended = await Promise.allSettled([...this.#sessions].map((session) => this.#end(session)));
    const failed = ended.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #end(session: DesktopSession): Promise<void> {
    try {
      await session[Symbol.asyncDispose]();
    } finally {
      this.#sessions.delete(session);
    }
  }
}
