import type { Readable, Writable } from 'node:stream';
import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { McpDesktops, type McpDesktopsOptions } from './mcp-desktops.ts';

export interface McpStdioOptions extends McpDesktopsOptions {
  readonly input: Readable;
  /** Carries nothing but the protocol. */
  readonly output: Writable;
  readonly signal: AbortSignal;
}

/** Serves the one client at the other end of the streams; resolves when it is gone and its desktop is removed. */
export async function serveMcpStdio(options: McpStdioOptions): Promise<void> {
  const { input, output, signal, onError } = options;
  await using desktops = new McpDesktops(options);
  const gone = Promise.withResolvers<void>();
  const leave = (): void => gone.resolve();
  for (const event of ['end', 'close', 'error']) input.once(event, leave);
  for (const event of ['close', 'error']) output.once(event, leave);
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  const transport = new StdioServerTransport(input, output);
  const serving = serveStdio(() => desktops.createServer(), {
    transport,
    ...(onError !== undefined && { onerror: onError }),
  });
  try {
    await gone.promise;
  } finally {
    signal.removeEventListener('abort', leave);
    await serving.close();
  }
}
