import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Action } from '../../../../src/action/action.ts';
import { parseYaml } from '../../../../src/config/yaml-file.ts';
import { judge, type Sight } from '../../../../src/safety/policy/judge.ts';
import { policySchema } from '../../../../src/safety/policy/policy-schema.ts';
import type { PolicySubject } from '../../../../src/safety/policy/subject.ts';

const click = (x: number, y: number): Action => ({ type: 'click', button: 'left', x, y, keys: [] });
const type = (text: string): Action => ({ type: 'type', text });
const press = (...keys: string[]): Action => ({ type: 'keypress', keys });

const on = (action: Action, typedBefore = ''): PolicySubject => ({ kind: 'action', action, typedBefore });
const call = (name: string, args: unknown = {}): PolicySubject => ({ kind: 'tool', name, arguments: args });

function policy(rules: string, byDefault = 'allow') {
  const text = `version: 1\ndefault: ${byDefault}\nrules:\n${rules.replace(/^/gm, '  ')}`;
  return parseYaml(text, { file: 'policy.yaml', schema: policySchema }).value;
}

const only = (when: string, effect = 'deny') =>
  policy(`- { name: it, when: { ${when} }, effect: ${effect} }`);

/** Which effect, by which rule. */
function says(given: ReturnType<typeof policy>, subject: PolicySubject, sight: Sight = 'unread') {
  const { effect, rule } = judge(given, subject, sight);
  return rule === undefined ? effect : `${effect} by ${rule.name}`;
}

describe('a rule', () => {
  test.each<[string, string, PolicySubject, Sight, boolean]>([
    ['a type of action', 'action: click', on(click(1, 1)), 'unread', true],
    ['another type', 'action: [click, drag]', on(type('x')), 'unread', false],
    ['text', "text: 'rm -rf'", on(type('cd /; rm -rf .')), 'unread', true],
    ['other text', "text: 'rm -rf'", on(type('ls')), 'unread', false],
    ['text in pieces', "text: 'rm -rf'", on(type('m -rf'), 'cd /; r'), 'unread', true],
    ['text that was typed before', "text: 'rm -rf'", on(type('x'), 'rm -rf '), 'unread', false],
    ['text by keys', "text: 'rm'", on(press('m'), 'r'), 'unread', true],
    ['an enter that ends a line', "text: 'rm\\s'", on(press('Enter'), 'rm'), 'unread', true],
    ['one of several texts', "text: ['a+', 'b+']", on(type('xbx')), 'unread', true],
    ['a chord', 'keys: CTRL+W', on(press('Control', 'w')), 'unread', true],
    [
      'a chord in another order, on the other side',
      'keys: SHIFT+CTRL+T',
      on(press('ControlRight', 'Shift', 'T')),
      'unread',
      true,
    ],
    ['a longer chord', 'keys: CTRL+W', on(press('Control', 'Shift', 'w')), 'unread', false],
    [
      'keys held while pointing',
      'keys: CTRL',
      on({ type: 'move', x: 1, y: 1, keys: ['Control'] }),
      'unread',
      false,
    ],
    [
      'the first pixel of a region',
      'region: { x: 10, y: 20, width: 5, height: 5 }',
      on(click(10, 20)),
      'unread',
      true,
    ],
    [
      'the pixel after a region',
      'region: { x: 10, y: 20, width: 5, height: 5 }',
      on(click(15, 20)),
      'unread',
      false,
    ],
    [
      'a drag into a region',
      'region: { x: 0, y: 0, width: 5, height: 5 }',
      on({
        type: 'drag',
        keys: [],
        path: [
          { x: 9, y: 9 },
          { x: 1, y: 1 },
        ],
      }),
      'unread',
      true,
    ],
    [
      'typing, by a region',
      'region: { x: 0, y: 0, width: 9999, height: 9999 }',
      on(type('x')),
      'unread',
      false,
    ],
    ['a host', 'url: example.com', on(click(1, 1)), { url: 'https://EXAMPLE.com./x?y' }, true],
    [
      'a subdomain of a host',
      'url: example.com',
      on(click(1, 1)),
      { url: 'https://www.example.com/' },
      false,
    ],
    [
      'a subdomain by wildcard',
      "url: '*.example.com'",
      on(click(1, 1)),
      { url: 'https://a.b.example.com/' },
      true,
    ],
    [
      'a host that only ends alike',
      "url: '*.example.com'",
      on(click(1, 1)),
      { url: 'https://notexample.com/' },
      false,
    ],
    [
      'a host that stands in the path',
      'url: example.com',
      on(click(1, 1)),
      { url: 'https://evil.test/example.com' },
      false,
    ],
    [
      'a path',
      "url: 'example.com/pay*'",
      on(click(1, 1)),
      { url: 'https://example.com:8443/pay?now=1' },
      true,
    ],
    [
      'another path',
      "url: 'example.com/pay*'",
      on(click(1, 1)),
      { url: 'https://example.com/about/pay' },
      false,
    ],
    ['any page', "url: '*'", on(click(1, 1)), { url: 'about:blank' }, true],
    ['no page', "url: '*'", on(click(1, 1)), {}, false],
    [
      'an application',
      "application: 'xfce4-term*'",
      on(click(1, 1)),
      { application: { class: ['xfce4-terminal', 'Xfce4-terminal'], title: 'x' } },
      true,
    ],
    [
      'a title',
      "application: { title: '(?i)check ?out' }",
      on(click(1, 1)),
      { application: { class: ['x'], title: 'Checkout - Shop' } },
      true,
    ],
    [
      'a title of another application',
      "application: { class: firefox, title: 'Checkout' }",
      on(click(1, 1)),
      { application: { class: ['x'], title: 'Checkout' } },
      false,
    ],
    ['no application in front', "application: '*'", on(click(1, 1)), {}, false],
    ['a tool', "tool: 'mail_*'", call('mail_send'), 'unread', true],
    [
      'arguments of a tool',
      "tool: { name: shell, arguments: 'rm ' }",
      call('shell', { command: 'rm x' }),
      'unread',
      true,
    ],
    [
      'other arguments',
      "tool: { name: shell, arguments: 'rm ' }",
      call('shell', { command: 'ls' }),
      'unread',
      false,
    ],
    ['a tool, by a rule about actions', 'action: click', call('click'), 'unread', false],
    ['an action, by a rule about tools', "tool: '*'", on(click(1, 1)), 'unread', false],
  ])('%s', (_what, when, subject, sight, isMatch) => {
    expect(says(only(when), subject, sight)).toBe(isMatch ? 'deny by it' : 'allow');
  });

  it('matches when all that it names holds', () => {
    const rule = only("action: type, text: sudo, application: 'xterm'");
    const xterm = { application: { class: ['xterm'], title: '' } };
    expect(says(rule, on(type('sudo x')), xterm)).toBe('deny by it');
    expect(says(rule, on(type('ls')), xterm)).toBe('allow');
    expect(says(rule, on(type('sudo x')), {})).toBe('allow');
  });
});

describe('a policy', () => {
  const rules = policy(
    `- { name: bank, when: { url: '*.bank.test' }, effect: terminate }
- { name: keys, when: { action: keypress }, effect: allow }
- { name: rest, when: { action: [click, keypress] }, effect: ask }`,
    'deny',
  );

  it('goes by the first rule that matches, else by its default', () => {
    expect(says(rules, on(click(1, 1)), { url: 'https://www.bank.test/' })).toBe('terminate by bank');
    expect(says(rules, on(press('a')), {})).toBe('allow by keys');
    expect(says(rules, on(click(1, 1)), {})).toBe('ask by rest');
    expect(says(rules, on(type('x')), {})).toBe('deny');
  });

  it('says which rules only the desktop can decide', () => {
    expect(judge(rules, on(click(1, 1)), 'unread').open.map(({ name }) => name)).toEqual(['bank']);
    expect(judge(rules, on(click(1, 1)), {}).open).toEqual([]);
  });

  it('is on the safe side when the desktop does not tell', () => {
    expect(says(only("url: '*'", 'deny'), on(click(1, 1)), 'unreadable')).toBe('deny by it');
    expect(says(only("url: '*'", 'ask'), on(click(1, 1)), 'unreadable')).toBe('ask by it');
    expect(
      says(
        policy(`- { name: it, when: { application: '*' }, effect: allow }`, 'ask'),
        on(click(1, 1)),
        'unreadable',
      ),
    ).toBe('ask');
  });
});

/** Any action, with what was typed before it, and any foreground. */
const subjects = fc.oneof(
  fc.record({
    kind: fc.constant('action' as const),
    action: fc.constantFrom(click(3, 3), type('sudo'), press('Control', 'w')),
    typedBefore: fc.constantFrom('', 'su'),
  }),
  fc.record({
    kind: fc.constant('tool' as const),
    name: fc.constantFrom('shell', 'mail'),
    arguments: fc.constant({}),
  }),
);
const sights = fc.constantFrom<Sight>(
  'unreadable',
  {},
  { url: 'https://a.test/' },
  { application: { class: ['x'], title: 'y' } },
);
const whens = fc.constantFrom(
  'action: click',
  'text: sudo',
  'keys: CTRL+W',
  "url: '*'",
  'application: x',
  'tool: shell',
  'region: { x: 0, y: 0, width: 5, height: 5 }',
);
const policies = fc
  .tuple(
    fc.array(fc.tuple(whens, fc.constantFrom('allow', 'ask', 'deny', 'terminate')), {
      minLength: 1,
      maxLength: 6,
    }),
    fc.constantFrom('allow', 'deny'),
  )
  .map(([rules, byDefault]) =>
    policy(
      rules
        .map(([when, effect], index) => `- { name: r${index}, when: { ${when} }, effect: ${effect} }`)
        .join('\n'),
      byDefault,
    ),
  );

test('a rule after the one that matches changes nothing, and one before it would have had to match', () => {
  fc.assert(
    fc.property(policies, subjects, sights, (given, subject, sight) => {
      const verdict = judge(given, subject, sight);
      const place = verdict.rule === undefined ? given.rules.length : given.rules.indexOf(verdict.rule);
      expect(judge({ ...given, rules: given.rules.slice(0, place + 1) }, subject, sight).effect).toBe(
        verdict.effect,
      );
      for (const rule of given.rules.slice(0, place)) {
        expect(judge({ ...given, rules: [rule] }, subject, sight).rule).toBeUndefined();
      }
    }),
  );
});

test('what is said without a look is what is said with any look, once no rule is open', () => {
  fc.assert(
    fc.property(policies, subjects, sights, (given, subject, sight) => {
      const blind = judge(given, subject, 'unread');
      fc.pre(blind.open.length === 0);
      expect(judge(given, subject, sight)).toEqual(blind);
    }),
  );
});
