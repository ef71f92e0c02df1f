import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ActionError, SandboxError } from '../../../src/errors.ts';
import { TaskSecrets, toPlaceholder } from '../../../src/safety/task-secrets.ts';

const secrets = new TaskSecrets(
  new Map([
    ['PIN', '4711-0815'],
    ['LONG', 'x4711-0815x'],
    ['QUOTED', 'say "hi" & go'],
  ]),
);

it('puts a secret where its name is typed, and nowhere else', () => {
  expect(secrets.split('me\t{{secret:PIN}}\n')).toEqual([
    { text: 'me\t', isSecret: false },
    { text: '4711-0815', isSecret: true },
    { text: '\n', isSecret: false },
  ]);
  expect(secrets.split('{{ secret:LONG }}')).toEqual([{ text: 'x4711-0815x', isSecret: true }]);
  expect(secrets.split('PIN {{PIN}}')).toEqual([{ text: 'PIN {{PIN}}', isSecret: false }]);
});

it('refuses a name that the task does not have, and says which there are', () => {
  expect(() => secrets.split('{{secret:PASSWORD}}')).toThrow(
    expect.objectContaining({
      code: 'invalid-action',
      message: 'There is no secret PASSWORD.',
      hint: 'Use one of these: {{secret:PIN}}, {{secret:LONG}}, {{secret:QUOTED}}.',
    }),
  );
});

it('takes its values out of every text, in every form that they are likely to have', () => {
  const picture = Buffer.from('4711-0815');
  expect(
    secrets.redact({
      plain: 'a 4711-0815 b',
      longer: 'x4711-0815x',
      json: JSON.stringify({ said: 'say "hi" & go' }),
      address: `?q=${encodeURIComponent('say "hi" & go')}`,
      base64: Buffer.from('4711-0815').toString('base64'),
      deep: [{ '4711-0815': ['4711-0815'] }],
      count: 4711,
      picture,
    }),
  ).toEqual({
    plain: 'a {{secret:PIN}} b',
    longer: '{{secret:LONG}}',
    json: '{"said":"{{secret:QUOTED}}"}',
    address: '?q={{secret:QUOTED}}',
    base64: '{{secret:PIN}}',
    deep: [{ '{{secret:PIN}}': ['{{secret:PIN}}'] }],
    count: 4711,
    picture,
  });
});

it('takes its values out of a file of any kind, and leaves every other byte', () => {
  const rest = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const file = Buffer.concat([rest, Buffer.from('x4711-0815x'), rest]);
  const redacted = Buffer.concat([rest, Buffer.from('{{secret:LONG}}'), rest]);
  expect(Buffer.from(secrets.redactContent(file)).equals(redacted)).toBe(true);
  expect(secrets.redactContent(rest)).toBe(rest);
});

it('takes them out of an error, which stays the error that it is', () => {
  const cause = new Error('typed 4711-0815');
  const error = new SandboxError('exec-failed', 'It said 4711-0815.', {
    cause,
    details: { stdout: '4711-0815' },
  });
  expect(secrets.redact(error)).toBe(error);
  expect([error.message, error.details, cause.message, error.stack?.includes('4711-0815')]).toEqual([
    'It said {{secret:PIN}}.',
    { stdout: '{{secret:PIN}}' },
    'typed {{secret:PIN}}',
    false,
  ]);
});

it('shows no value to whoever prints it', () => {
  for (const shown of [JSON.stringify(secrets), inspect(secrets), inspect({ secrets }, { depth: 9 })]) {
    expect(shown).not.toContain('4711');
  }
});

it('leaves what it is given where there is nothing to hide', () => {
  const value = { text: 'a' };
  expect(new TaskSecrets().redact(value)).toBe(value);
  expect(() => new TaskSecrets().split('{{secret:X}}')).toThrow(ActionError);
});

it('leaves no value in any text, whatever the values are', () => {
  const value = fc.string({
    minLength: 4,
    maxLength: 12,
    unit: fc.constantFrom('a', 'b', '"', '1', 'é', '\n'),
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(value, { minLength: 1, maxLength: 4 }),
      fc.array(fc.string()),
      (values, texts) => {
        const own = new TaskSecrets(new Map(values.map((text, index) => [`S${index}`, text])));
        // No value may be part of a name that takes its place.
        fc.pre(!values.some((text) => values.some((_, index) => toPlaceholder(`S${index}`).includes(text))));
        const text = texts.flatMap((part, index) => [part, values[index % values.length] ?? '']).join(' ');
        const redacted = own.redact(text);
        expect(values.filter((secret) => redacted.includes(secret))).toEqual([]);
      },
    ),
  );
});
