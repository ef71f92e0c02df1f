import type { EgressTarget } from './egress-target.ts';
import { parseAuthority } from './egress-target.ts';

/** One name that a sandbox may reach. */
export interface EgressRule {
  /** A name, an address, or for `*.example.com` the part after the star. */
  readonly host: string;
  readonly isWildcard: boolean;
  readonly isAddress: boolean;
  /** Undefined: those of the web. */
  readonly port: number | undefined;
}

const HTTP_PORT = 80;
const WEB_PORTS: readonly number[] = [HTTP_PORT, 443];

/** What a sandbox may reach: everything public, or what is listed. */
export type EgressPolicy =
  { readonly mode: 'public' } | { readonly mode: 'listed'; readonly rules: readonly EgressRule[] };

/**
 * Reads `example.com`, `*.example.com`, `example.com:8443`, `192.0.2.7:8080` or `[2001:db8::7]`.
 * @returns undefined when it is none of them
 */
export function parseEgressRule(text: string): EgressRule | undefined {
  const isWildcard = text.startsWith('*.');
  const rest = isWildcard ? text.slice(2) : text;
  const target = parseAuthority(rest, HTTP_PORT);
  if (target === undefined || (isWildcard && target.isAddress)) return undefined;
  const hasPort = /:\d+$/.test(rest.replace(/^\[.*\]/, ''));
  return {
    host: target.host,
    isWildcard,
    isAddress: target.isAddress,
    port: hasPort ? target.port : undefined,
  };
}

/** Whether the list names the target itself, by name or by address. */
export function isListed(rules: readonly EgressRule[], target: EgressTarget): boolean {
  return rules.some(
    (rule) =>
      (rule.port === undefined ? WEB_PORTS.includes(target.port) : rule.port === target.port) &&
      isHostOf(rule, target),
  );
}

/** Whether the list names an address that a name has resolved to. */
export function isAddressListed(rules: readonly EgressRule[], address: string, port: number): boolean {
  return isListed(rules, { host: address, port, isAddress: true });
}

function isHostOf(rule: EgressRule, { host, isAddress }: EgressTarget): boolean {
  if (rule.isAddress !== isAddress) return false;
  return rule.isWildcard ? host.endsWith(`.${rule.host}`) : host === rule.host;
}
