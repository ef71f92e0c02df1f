import type { EgressPolicy } from './egress-rules.ts';
import { isAddressListed, isListed } from './egress-rules.ts';
import { isPublicAddress } from './addresses.ts';
import type { EgressTarget } from './egress-target.ts';

/** What was decided about one request of a sandbox. */
export interface EgressDecision {
  readonly method: string;
  /** As it was asked for: a name or an address. `?` when it could not be read. */
  readonly host: string;
  readonly port: number;
  readonly decision: 'allowed' | 'refused';
  /** Why it was refused; the address that was dialled when it was allowed. */
  readonly reason: string;
}

/** All addresses of a name. Rejects when it has none. */
export type Resolve = (name: string) => Promise<readonly string[]>;

export type Verdict =
  | { readonly isAllowed: true; readonly address: string }
  | { readonly isAllowed: false; readonly reason: string };

const refuse = (reason: string): Verdict => ({ isAllowed: false, reason });

/**
 * Decides where a connection may go. A name is looked at before it is resolved, so that no question for a name that is
 * not allowed leaves this host; it is resolved once, and what is returned is the address to dial.
 */
export async function decideEgress(
  target: EgressTarget,
  policy: EgressPolicy,
  resolve: Resolve,
): Promise<Verdict> {
  const { host, port, isAddress } = target;
  const isNamed = policy.mode === 'listed' && isListed(policy.rules, target);
  if (policy.mode === 'listed' && !isNamed) return refuse('not on the list');
  if (isAddress) {
    return isNamed || isPublicAddress(host)
      ? { isAllowed: true, address: host }
      : refuse('not a public address');
  }
  const addresses = await resolve(host).catch((): readonly string[] => []);
  if (addresses.length === 0) return refuse('the name cannot be resolved');
  const mayDial = (address: string): boolean =>
    isPublicAddress(address) || (policy.mode === 'listed' && isAddressListed(policy.rules, address, port));
  const address = addresses.find(mayDial);
  return address === undefined
    ? refuse('the name leads to an address that is not public')
    : { isAllowed: true, address };
}
