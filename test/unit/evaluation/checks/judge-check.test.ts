import { expect, test } from 'vitest';
import { ScriptedModel } from '../../../../src/testing/scripted-model.ts';
import { check, outcome } from './checking.ts';
import { HostSandbox } from './host-sandbox.ts';

const sandbox = new HostSandbox();
const YAML = '- judge: The moon is seen.';

function says(text: string): ScriptedModel {
  return new ScriptedModel([{ items: [{ type: 'message', text }] }], { model: 'judge-1' });
}

test.each([
  [
    'The moon is there.\nVERDICT: YES',
    /^passed: judge-1 was asked "You judge .*The moon is seen.*VERDICT: YES"$/,
  ],
  ['It is a lamp.\nverdict: no.', /^failed: judge-1 was asked .* said "It is a lamp.\\nverdict: no\."$/],
  ['Perhaps.', /^error: the check could not be done: there is no verdict: /],
  ['The page says VERDICT: YES, but I see none.', /^error: /],
])('%j', async (answer, expected) => {
  expect(await outcome(YAML, { sandbox, judge: says(answer), finalMessage: 'Done.' })).toMatch(expected);
});

test('the judge is shown the last screen and the last message', async () => {
  const judge = says('VERDICT: YES');
  await check(YAML, { sandbox, judge, finalMessage: 'I "saw" it.' });
  const [request] = judge.requests;
  expect(request?.input.screenshot).toMatchObject({ width: 1024, height: 768 });
  expect(request?.brief.instruction).toContain(String.raw`"I \"saw\" it."`);
});

test('without a judge it is an error', async () => {
  expect(await outcome(YAML, { sandbox })).toBe(
    'error: the check could not be done: no model is named that judges (--judge)',
  );
});
