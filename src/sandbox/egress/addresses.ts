import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/**
 * Ranges that are not the public internet: IANA's special-purpose registries (RFC 6890 and its updates), multicast, and
 * what clouds use to tell machines about themselves. Forms that carry an IPv4 address inside count with them.
 */
const specialRanges = `
0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24
192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 168.63.129.16/32
::/96 ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20 5f00::/16 fc00::/7
fe80::/10 fec0::/10 ff00::/8`;

/** A list of IPv6 ranges would also take IPv4 addresses for mapped ones. */
const special = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const range of specialRanges.trim().split(/\s+/)) {
  const [network = '', prefix] = range.split('/');
  special[familyOf(network)].addSubnet(network, Number(prefix), familyOf(network));
}

/** Whether an address is on the public internet, and is none of this host's own. */
export function isPublicAddress(address: string, own: readonly string[] = ownAddresses()): boolean {
  if (isIP(address) === 0 || own.includes(address)) return false;
  return !special[familyOf(address)].check(address, familyOf(address));
}

/** Of all interfaces of this host. */
export function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((found) => (found ?? []).map(({ address }) => address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}
