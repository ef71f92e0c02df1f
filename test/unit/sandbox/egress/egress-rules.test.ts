import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isListed, parseEgressRule } from '../../../../src/sandbox/egress/egress-rules.ts';
import { formatTarget, parseAuthority } from '../../../../src/sandbox/egress/egress-target.ts';

const rulesOf = (...texts: readonly string[]) => texts.flatMap((text) => parseEgressRule(text) ?? []);

function allows(rules: readonly string[], authority: string): boolean {
  const target = parseAuthority(authority);
  return target !== undefined && isListed(rulesOf(...rules), target);
}

describe('parseAuthority', () => {
  it.each([
    ['Example.COM:443', 'example.com:443'],
    ['example.com.:80', 'example.com:80'],
    ['bücher.example:443', 'xn--bcher-kva.example:443'],
    ['0x7f.1:80', '127.0.0.1:80'],
    ['2130706433:80', '127.0.0.1:80'],
    ['0177.0.0.1:80', '127.0.0.1:80'],
    ['①②⑦.0.0.1:80', '127.0.0.1:80'],
    ['[::ffff:127.0.0.1]:80', '[::ffff:7f00:1]:80'],
    ['[0:0:0:0:0:0:0:1]:80', '[::1]:80'],
  ])('reads %s as a browser does', (text, expected) => {
    const target = parseAuthority(text);
    expect(target && formatTarget(target)).toBe(expected);
  });

  const unreadable = `:80 example.com example.com: example.com:0 example.com:65536 example.com:80:80 user@example.com:80
    example.com/x:80 example.com#@evil.example:80 a\\b:80 [::1:80 ::1:80 [fe80::1%eth0]:80 a..b:80 %65xample.com:80`;

  it.each(['', 'exa mple.com:80', `${'a'.repeat(64)}.com:80`, ...unreadable.split(/\s+/)])(
    'refuses %j',
    (text) => {
      expect(parseAuthority(text)).toBeUndefined();
    },
  );

  it('never throws, and gives a host that is read as itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        const target = parseAuthority(`${text}:80`);
        expect(target && parseAuthority(formatTarget(target))).toEqual(target);
      }),
    );
  });
});

describe('a list of names', () => {
  it.each([
    [['example.com'], 'example.com:443', true],
    [['example.com'], 'example.com:80', true],
    [['example.com'], 'example.com:8080', false],
    [['example.com'], 'www.example.com:443', false],
    [['example.com'], 'example.com.evil.example:443', false],
    [['example.com'], 'notexample.com:443', false],
    [['EXAMPLE.com.'], 'example.com:443', true],
    [['*.example.com'], 'a.b.example.com:443', true],
    [['*.example.com'], 'example.com:443', false],
    [['*.example.com'], 'evilexample.com:443', false],
    [['example.com:8443'], 'example.com:8443', true],
    [['example.com:8443'], 'example.com:443', false],
    [['127.0.0.1:8080'], '127.1:8080', true],
    [['127.0.0.1:8080'], '127.0.0.1:80', false],
    [['[::1]:8080'], '[::1]:8080', true],
    [['*.1'], '127.0.0.1:80', false],
  ] as const)('%j: %s is %s', (rules, authority, expected) => {
    expect(allows(rules, authority)).toBe(expected);
  });

  it.each([
    '',
    '*',
    '*.',
    'http://example.com',
    'example.com/x',
    '*.127.0.0.1',
    'a*.example.com',
    'example.com:0',
  ])('has no place for %j', (text) => {
    expect(parseEgressRule(text)).toBeUndefined();
  });
});
