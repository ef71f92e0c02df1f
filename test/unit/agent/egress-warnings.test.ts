import { expect, test } from 'vitest';
import { recordRefusals } from '../../../src/agent/egress-warnings.ts';
import { FakeDriver } from '../../../src/testing/fake-driver.ts';
import { MemoryRecorder } from '../../../src/testing/memory-recorder.ts';

async function openSandbox() {
  const driver = new FakeDriver();
  await driver.create({
    runId: 'run-1',
    display: { width: 640, height: 480 },
    network: 'none',
    allowDomains: ['good.example'],
    memoryBytes: 1,
    cpus: 1,
    pidsLimit: 1,
    expiresInMs: 1,
  });
  const [sandbox] = driver.sandboxes;
  if (sandbox === undefined) throw new Error('no sandbox');
  return sandbox;
}

const refused = (host: string) =>
  ({ method: 'CONNECT', host, port: 443, decision: 'refused', reason: 'not on the list' }) as const;

test('what a sandbox was refused to reach is recorded once, what came before the run too', async () => {
  const sandbox = await openSandbox();
  const recorder = new MemoryRecorder();
  sandbox.egress.add(refused('early.example'));
  recordRefusals(sandbox, recorder);
  sandbox.egress.add(refused('evil.example'));
  sandbox.egress.add(refused('evil.example'));
  sandbox.egress.add({ ...refused('good.example'), decision: 'allowed', reason: '93.184.215.14' });
  expect(recorder.events).toEqual(
    ['early.example', 'evil.example'].map((host) => ({
      type: 'warning',
      code: 'egress-refused',
      message: `CONNECT ${host}:443 was refused: not on the list.`,
    })),
  );
});

test('a flood of refusals ends with a word about it', async () => {
  const sandbox = await openSandbox();
  const recorder = new MemoryRecorder();
  recordRefusals(sandbox, recorder);
  for (let number = 0; number < 1_000; number += 1) sandbox.egress.add(refused(`n${number}.example`));
  expect(recorder.events).toHaveLength(201);
  expect(recorder.events.at(-1)).toEqual({
    type: 'warning',
    code: 'egress-refused',
    message: '200 other requests to leave the sandbox were refused; no more are recorded.',
  });
});
