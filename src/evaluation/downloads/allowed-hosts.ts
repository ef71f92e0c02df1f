import { DownloadError, InputError } from '../../errors.ts';
import { type EgressRule, isListed, parseEgressRule } from '../../sandbox/egress/egress-rules.ts';
import { parseAuthority } from '../../sandbox/egress/egress-target.ts';

interface AllowedHost {
  readonly isPlain: boolean;
  readonly rule: EgressRule;
}

const PLAIN = /^http:\/\//i;
const LOOPBACK = /^(localhost|127(\.\d+){3}|::1)$/;

/** The hosts that files may be fetched from; by https alone, but for loopback and where an entry says `http://`. */
export class AllowedHosts {
  readonly #hosts: readonly AllowedHost[];

  /**
   * @param names `example.com`, `*.example.com`, `example.com:8443`, `http://example.com`
   * @throws InputError invalid-option
   */
  constructor(names: readonly string[]) {
    this.#hosts = names.map(parseHost);
  }

  includes(address: string): boolean {
    const { protocol, host } = new URL(address);
    const isPlain = protocol === 'http:';
    const target = parseAuthority(host, isPlain ? 80 : 443);
    if (target === undefined) return false;
    const mayBePlain = LOOPBACK.test(target.host);
    return this.#hosts.some(
      (allowed) => (allowed.isPlain === isPlain || mayBePlain) && isListed([allowed.rule], target),
    );
  }

  /** @throws DownloadError download-refused, which says what to add */
  require(address: string, { from }: { readonly from?: string } = {}): void {
    if (this.includes(address)) return;
    const entry = toEntry(address);
    const how = from === undefined ? '' : `, where ${from} leads,`;
    throw new DownloadError(
      'download-refused',
      `${address}${how} may not be fetched: its host is not allowed.`,
      {
        hint: `Allow it with --allow-download ${entry}, or in deskhand.yaml: allowDownloads: ['${entry}'].`,
        details: { url: address },
      },
    );
  }
}

function parseHost(text: string): AllowedHost {
  const rule = parseEgressRule(text.replace(PLAIN, ''));
  if (rule !== undefined) return { isPlain: PLAIN.test(text), rule };
  throw new InputError(
    'invalid-option',
    `--allow-download: expected a host such as example.com, *.example.com or http://example.com:8080; has "${text}"`,
  );
}

/** What allows an address, as it is written. */
export function toEntry(address: string): string {
  const { protocol, host, hostname } = new URL(address);
  return protocol === 'http:' && !LOOPBACK.test(hostname) ? `http://${host}` : host;
}
