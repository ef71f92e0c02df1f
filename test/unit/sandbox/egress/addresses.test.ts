import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPublicAddress, ownAddresses } from '../../../../src/sandbox/egress/addresses.ts';

describe('isPublicAddress', () => {
  it.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '192.169.0.1', '2606:4700::1111', '2a00:1450:4001:82a::200e'])(
    'takes %s',
    (address) => {
      expect(isPublicAddress(address, [])).toBe(true);
    },
  );

  const special = `0.0.0.0 10.1.2.3 100.64.0.1 100.100.100.200 127.0.0.1 127.255.0.1 169.254.169.254 172.16.0.1 172.31.255.255
    192.0.0.192 192.168.1.1 198.18.0.1 224.0.0.1 255.255.255.255 168.63.129.16 :: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8
    ::ffff:a9fe:a9fe ::7f00:1 64:ff9b::a9fe:a9fe 2002:7f00:1:: 2001:0:1::1 fc00::1 fd00:ec2::254 fe80::1 ff02::1`;
  it.each(special.split(/\s+/))('refuses %s', (address) => {
    expect(isPublicAddress(address, [])).toBe(false);
  });

  it('refuses what this host has itself, be it public', () => {
    expect(isPublicAddress('8.8.8.8', ['8.8.8.8'])).toBe(false);
    for (const address of ownAddresses()) expect(isPublicAddress(address)).toBe(false);
  });

  it('refuses every address of the private networks', () => {
    const byte = fc.nat({ max: 255 });
    const privates = fc.oneof(
      fc.tuple(fc.constant('10'), byte, byte, byte),
      fc.tuple(fc.constant('127'), byte, byte, byte),
      fc.tuple(fc.constant('169.254'), byte, byte),
      fc.tuple(fc.constant('192.168'), byte, byte),
    );
    fc.assert(
      fc.property(privates, (parts) => {
        expect(isPublicAddress(parts.join('.'), [])).toBe(false);
      }),
    );
  });

  it('refuses what is no address', () => {
    expect(['', 'localhost', '127.1', '300.1.1.1'].map((text) => isPublicAddress(text, []))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});
