import { isIP } from 'node:net';

/** Where a request wants to go: a name or an address, never both. */
export interface EgressTarget {
  /** Lower case, ASCII, no full stop at the end; an address without brackets, in its canonical form. */
  readonly host: string;
  readonly port: number;
  readonly isAddress: boolean;
}

const NAME =
  /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * Reads `HOST:PORT`. Hosts are read as browsers read them, so that 0x7f.1, 2130706433 and 127.0.0.1 are one address.
 * @returns undefined when it is none
 */
export function parseAuthority(text: string, defaultPort?: number): EgressTarget | undefined {
  const match = /^(?<host>\[[0-9a-f:.]+\]|[^\s:/?#@[\]\\%]+)(?::(?<port>\d{1,5}))?$/i.exec(text);
  const port = match?.groups?.['port'] === undefined ? defaultPort : Number(match.groups['port']);
  const host = toCanonicalHost(match?.groups?.['host'] ?? '');
  if (host === undefined || port === undefined || port < 1 || port > 65_535) return undefined;
  return { host, port, isAddress: isIP(host) !== 0 };
}

function toCanonicalHost(text: string): string | undefined {
  if (text === '' || !URL.canParse(`http://${text}/`)) return undefined;
  const { hostname } = new URL(`http://${text}/`);
  const bare = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  return isIP(bare) !== 0 || NAME.test(bare) ? bare : undefined;
}

/** For people and logs: `example.com:443`, `[::1]:80`. */
export function formatTarget({ host, port }: Pick<EgressTarget, 'host' | 'port'>): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
