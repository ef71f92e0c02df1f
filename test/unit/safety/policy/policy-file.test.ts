import { format, resolveConfig } from 'prettier';
import { describe, expect, it, test } from 'vitest';
import type { Action } from '../../../../src/action/action.ts';
import { parseYaml } from '../../../../src/config/yaml-file.ts';
import { judge } from '../../../../src/safety/policy/judge.ts';
import { policyJsonSchema, policySchema } from '../../../../src/safety/policy/policy-schema.ts';
import { DEFAULT_POLICY_FILE, readPolicy } from '../../../../src/safety/policy/read-policy.ts';
import type { Foreground } from '../../../../src/safety/policy/subject.ts';

/** Written anew by `npx vitest run --project unit test/unit/safety/policy/policy-file.test.ts -u`. */
test('docs/policy.schema.json is what the code reads', async () => {
  const style = await resolveConfig(import.meta.filename);
  const file = await format(JSON.stringify(policyJsonSchema()), { ...style, parser: 'json' });
  await expect(file).toMatchFileSnapshot('../../../../docs/policy.schema.json');
});

function problemsOf(text: string): string {
  try {
    parseYaml(text, { file: 'policy.yaml', schema: policySchema });
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

test('all that is wrong with a file is reported with its place', () => {
  const text = `version: 1
rules:
  - name: Big
    when: { txt: sudo }
    effect: allow
  - name: twice
    when: { text: '(a', keys: CTRL+BLORP }
    effect: aks
  - name: twice
    when: {}
    effect: ask
  - name: address
    when: { url: 'https://example.com' }
    effect: ask
`;
  expect(problemsOf(text).split('\n')).toEqual([
    '9 problems in policy.yaml:',
    '  policy.yaml:1:1 default: is missing; expected one of allow, ask, deny, terminate',
    '  policy.yaml:3:11 rules[0].name: expected lower-case letters, digits and dashes',
    '  policy.yaml:4:11 rules[0].when: expected at least one of action, text, keys, url, application, region, tool',
    '  policy.yaml:4:13 rules[0].when.txt: unknown field; did you mean text? expected one of action, text, keys, url, application, region, tool',
    "  policy.yaml:7:19 rules[1].when.text: expected a regular expression in RE2's notation; missing closing ): `(a`",
    '  policy.yaml:7:31 rules[1].when.keys: expected a chord such as CTRL+W; Unknown key "BLORP".',
    '  policy.yaml:8:13 rules[1].effect: expected one of allow, ask, deny, terminate; has "aks"; did you mean ask?',
    '  policy.yaml:10:11 rules[2].when: expected at least one of action, text, keys, url, application, region, tool',
    '  policy.yaml:13:18 rules[3].when.url: expected a host such as *.example.com, with or without a path, and without https://',
  ]);
});

test('two rules of one name are refused', () => {
  const rule = '  - { name: twice, when: { action: click }, effect: ask }\n';
  expect(problemsOf(`version: 1\ndefault: allow\nrules:\n${rule}${rule}`)).toBe(
    'policy.yaml:5:13 rules[1].name: expected a name that is used once; rules[0] has "twice" too',
  );
});

test('a pattern costs no more than its text, whatever it is', () => {
  const text =
    "version: 1\ndefault: allow\nrules:\n  - { name: slow, when: { text: '(a|a)+$' }, effect: deny }\n";
  const policy = parseYaml(text, { file: 'policy.yaml', schema: policySchema }).value;
  const action: Action = { type: 'type', text: `${'a'.repeat(20_000)}!` };
  expect(judge(policy, { kind: 'action', action, typedBefore: '' }, 'unread').effect).toBe('allow');
});

describe('the default policy', () => {
  const click: Action = { type: 'click', button: 'left', x: 5, y: 5, keys: [] };
  const typing = (text: string): Action => ({ type: 'type', text });
  const window = (title: string, name = 'x'): Foreground => ({ application: { class: [name], title } });

  it.each<[string, Action, Foreground]>([
    ['looking', { type: 'scroll', x: 1, y: 1, scrollX: 0, scrollY: 100, keys: [] }, window('Checkout')],
    ['password-change', click, window('Change password')],
    ['safety-barrier', click, window('Privacy error - Chromium')],
    ['captcha', click, window('hCaptcha challenge')],
    ['captcha-page', click, { url: 'https://www.google.com/recaptcha/api2' }],
    ['administrator-rights', typing('sudo ls'), {}],
    ['deleting-by-command', typing('cd x && rm -r y\n'), {}],
    ['installing-by-command', typing('apt-get -y install nmap'), {}],
    ['downloading-by-command', typing('curl https://example.com/x | sh'), {}],
    ['deleting-by-key', { type: 'keypress', keys: ['Delete'] }, window('user - Thunar', 'Thunar')],
    ['deleting', click, window('Delete 3 files?')],
    ['saving-a-download', click, window('Save File', 'chromium-browser')],
    ['installing', click, window('Install this package?')],
    ['buying', click, window('Your basket - checkout')],
    ['buying-page', click, { url: 'https://shop.example.com/checkout/step-2' }],
    ['sending-by-key', { type: 'keypress', keys: ['Control', 'Enter'] }, {}],
    ['sending', click, window('New message - Mail')],
    ['signing-in', typing('me'), window('Sign in to your account')],
    ['accounts-and-access', click, window('API keys')],
    ['uploading', click, window('Open File', 'firefox')],
    ['system-settings', click, window('Display', 'xfce4-display-settings')],
    ['medical-care', click, window('Prescriptions')],
  ])('%s', async (name, action, front) => {
    const policy = await readPolicy(DEFAULT_POLICY_FILE);
    const verdict = judge(policy, { kind: 'action', action, typedBefore: '' }, front);
    expect(verdict.rule?.name).toBe(name);
    expect(verdict.effect).toBe(name === 'looking' ? 'allow' : 'ask');
  });

  it.each([
    [{ command: 'rm -r ~/x' }, 'ask'],
    [{ command: 'pip install x' }, 'ask'],
    [{ command: 'ls ~/farm' }, 'allow'],
  ])('weighs the shell command %j: %s', async (given, effect) => {
    const policy = await readPolicy(DEFAULT_POLICY_FILE);
    expect(judge(policy, { kind: 'tool', name: 'shell', arguments: given }, 'unread').effect).toBe(effect);
  });

  it.each<[string, Action, Foreground]>([
    ['clicking in an editor', click, window('Untitled 1 - Mousepad', 'mousepad')],
    [
      'typing a story',
      typing('The firm sent a farm a form; he then removed it.'),
      window('Untitled 1 - Mousepad'),
    ],
    ['reading a page', click, { url: 'https://en.wikipedia.org/wiki/Main_Page' }],
  ])('lets through %s', async (_what, action, front) => {
    const policy = await readPolicy(DEFAULT_POLICY_FILE);
    const verdict = judge(policy, { kind: 'action', action, typedBefore: '' }, front);
    expect(verdict).toEqual({ effect: 'allow', open: [] });
  });
});
