import { mkdtemp, writeFile, chmod, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../../src/evaluation/checks/check.ts';
import { combine, weightedScore } from '../../../../src/evaluation/checks/combine.ts';
import { ManualClock } from '../../../../src/testing/manual-clock.ts';
import { check, outcome } from './checking.ts';
import { HostSandbox } from './host-sandbox.ts';

const sandbox = new HostSandbox();
const YES = '{ command: "exit 0" }';
const NO = '{ command: "exit 1" }';
const BROKEN = '{ command: [no-such-program-here] }';

describe('checks put together', () => {
  test.each([
    [`all: [${YES}, ${YES}]`, 'passed', 1],
    [`all: [${YES}, ${NO}]`, 'failed', 0.5],
    [`all: [{ command: "exit 0", weight: 3 }, ${NO}]`, 'failed', 0.75],
    [`all: [${YES}, ${BROKEN}]`, 'error', 0.5],
    [`all: [${NO}, ${BROKEN}]`, 'failed', 0],
    [`any: [${NO}, ${YES}]`, 'passed', 1],
    [`any: [${NO}, ${NO}]`, 'failed', 0],
    [`any: [${NO}, ${BROKEN}]`, 'error', 0],
    [`any: [${YES}, ${BROKEN}]`, 'passed', 1],
    [`not: ${NO}`, 'passed', 1],
    [`not: ${YES}`, 'failed', 0],
    [`not: ${BROKEN}`, 'error', 0],
    [`not: { any: [${NO}, { all: [${YES}, ${NO}] }] }`, 'passed', 1],
  ])('%s', async (yaml, result, score) => {
    const [found] = await check(`- { ${yaml} }`, { sandbox });
    expect({ result: found?.result, score: found?.score }).toEqual({ result, score });
  });

  test('have a name made of those inside, and their own weight', async () => {
    const [found] = await check(`- { any: [{ file: /a }, { not: { window: x } }], weight: 2 }`, { sandbox });
    expect(found).toMatchObject({ name: 'any of file /a, not window', weight: 2 });
  });

  const finding = fc.record<Finding>({
    result: fc.constantFrom('passed', 'failed', 'error'),
    detail: fc.constant(''),
  });

  test('not of any is all of not', () => {
    fc.assert(
      fc.property(fc.array(finding, { minLength: 1 }), (findings) => {
        const weights = findings.map(() => 1);
        const none = combine('none', findings, weights).result;
        const inverted = findings.map((it) => combine('none', [it], [1]));
        expect(none).toBe(combine('all', inverted, weights).result);
      }),
    );
  });

  test('a score lies between the least and the greatest', () => {
    const part = fc.tuple(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0.01, max: 100, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), (parts) => {
        const scores = parts.map(([score]) => score);
        const whole = weightedScore(
          scores,
          parts.map(([, weight]) => weight),
        );
        expect(whole).toBeGreaterThanOrEqual(Math.min(...scores) - 1e-9);
        expect(whole).toBeLessThanOrEqual(Math.max(...scores) + 1e-9);
      }),
    );
  });
});

test('a check that hangs is an error once its time is over', async () => {
  const clock = new ManualClock();
  const hanging = { ...sandbox, name: 'hangs', exec: async () => await new Promise<never>(() => {}) };
  const found = outcome('- { file: /a, timeout: 5s }', {
    sandbox: Object.assign(new HostSandbox(), hanging),
    clock,
  });
  await clock.advance(7_000);
  expect(await found).toBe('error: the check could not be done: it took longer than 7 s');
});

test('a pattern that backtracks for ever is an error', async () => {
  const yaml = `- { command: "printf ${'a'.repeat(60)}!", stdout: { matches: "^(a+)+$" } }`;
  expect(await outcome(yaml, { sandbox })).toMatch(/^error: .*the pattern \/.*\/mu took longer than 2 s$/);
});

test('a script on the host is run where it is allowed, with the name of the sandbox', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'deskhand-script-'));
  const path = join(folder, 'check.sh');
  await writeFile(
    path,
    '#!/bin/sh\necho "$DESKHAND_SANDBOX $1 ${OPENAI_API_KEY-no key}"\necho "score: 0.25"\nexit 1\n',
  );
  await chmod(path, 0o755);
  const assets = new Map([['check.sh', { path, content: Buffer.alloc(0) }]]);
  const yaml = '- { script: check.sh, on: host, arguments: [x] }';
  const [found] = await check(yaml, { sandbox, assets, allowsHostScripts: true });
  expect(found).toMatchObject({
    result: 'failed',
    score: 0.25,
    detail: 'check.sh said "host x no key\\nscore: 0.25"',
  });
  await rm(folder, { recursive: true });
});
