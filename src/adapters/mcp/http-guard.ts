import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { hostHeaderValidation, originValidation } from '@modelcontextprotocol/node';
import { InputError } from '../../errors.ts';

export interface HttpGuardOptions {
  /** The address that is listened on. */
  readonly host: string;
  /** Further names by which clients reach the server. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Clients must send it as `Authorization: Bearer …`. */
  readonly token?: string | undefined;
}

/** Returns whether the request may go on; where not, it has been answered. */
export type HttpGuard = (request: IncomingMessage, response: ServerResponse) => boolean;

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'] as const;

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

export function isLoopback(host: string): boolean {
  return /^127\.\d+\.\d+\.\d+$/.test(host) || ['localhost', '::1', '[::1]'].includes(host);
}

/** Answers with a JSON-RPC error that belongs to no request. */
export function refuse(
  response: ServerResponse,
  status: number,
  message: string,
  headers: object = {},
): void {
  const body = { jsonrpc: '2.0', error: { code: -32_000, message }, id: null };
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/**
 * Checks `Host` and `Origin`, so that no web page reaches the server through a browser, and the token where one is set.
 * @throws InputError when others than this machine could reach the server without a token
 */
export function createHttpGuard({ host, allowedHosts = [], token }: HttpGuardOptions): HttpGuard {
  if (!isLoopback(host) && !token) {
    throw new InputError('invalid-option', `Listening on ${host} needs a token.`, {
      hint: 'Set DESKHAND_MCP_TOKEN to a secret that clients send as a bearer token, or listen on 127.0.0.1.',
    });
  }
  const names = [...new Set([...LOOPBACK, bracketed(host), ...allowedHosts.map(bracketed)])];
  const hasGoodHost = hostHeaderValidation(names);
  const hasGoodOrigin = originValidation(names);
  const expected = token ? digest(`Bearer ${token}`) : undefined;
  return (request, response) => {
    if (!hasGoodHost(request, response) || !hasGoodOrigin(request, response)) return false;
    const given = digest(request.headers.authorization ?? '');
    if (expected === undefined || timingSafeEqual(given, expected)) return true;
    refuse(response, 401, 'A valid bearer token is needed.', { 'www-authenticate': 'Bearer' });
    return false;
  };
}
