import { expect, it } from 'vitest';
import type { CurrentUrlSource } from '../../../src/agent/run-ports.ts';
import { startRun } from '../../../src/agent/run.ts';
import type { Environment } from '../../../src/model/model-client.ts';
import { createDenyGate } from '../../../src/safety/deny-gate.ts';
import { FakeDisplay } from '../../../src/testing/fake-display.ts';
import { FakeDriver } from '../../../src/testing/fake-driver.ts';
import { MemoryRecorder } from '../../../src/testing/memory-recorder.ts';
import { callItem, messageItem, ScriptedModel, turnOf } from '../../../src/testing/scripted-model.ts';
import { systemClock } from '../../../src/util/clock.ts';

const WAIT = { type: 'move', x: 1, y: 1 };

/** What the model is told of the address with each of two calls. */
async function told(
  currentUrl: CurrentUrlSource | undefined,
  environment: Environment = 'browser',
): Promise<readonly (string | undefined)[]> {
  const display = new FakeDisplay();
  const model = new ScriptedModel([
    turnOf(callItem('a', [WAIT]), callItem('b', [WAIT])),
    turnOf(messageItem('Done.')),
  ]);
  const run = startRun(
    {
      driver: new FakeDriver(),
      connect: () => Promise.resolve(display),
      model,
      currentUrl,
      gate: createDenyGate(),
      recorder: new MemoryRecorder(),
      clock: systemClock,
    },
    {
      runId: 'run-1',
      task: { instruction: 'x' },
      environment,
      sandbox: {
        display: display.size,
        network: 'none',
        memoryBytes: 1,
        cpus: 1,
        pidsLimit: 1,
        expiresInMs: 1,
      },
      limits: { turns: 5, wallTimeMs: 60_000 },
    },
  );
  expect((await run.result).outcome).toBe('completed');
  const results = model.requests[1]?.input.results ?? [];
  return results.map((result) => (result.type === 'computer' ? result.currentUrl : 'none'));
}

/** Gives these addresses, one each time it is asked. */
function pages(...urls: readonly (string | undefined)[]): CurrentUrlSource & { asked: number } {
  const source = {
    asked: 0,
    read: () => Promise.resolve(urls[source.asked++]),
  };
  return source;
}

it('tells the address with each screen: after each call, and the last one as it is now', async () => {
  // Asked before the first request, after each of the two actions, and before the second request.
  const source = pages(undefined, 'https://a.example/', 'https://b.example/', 'https://c.example/');
  expect(await told(source)).toEqual(['https://a.example/', 'https://c.example/']);
  expect(source.asked).toBe(4);
});

it.each([
  ['no page', undefined],
  ['an empty page', 'about:blank'],
  ['an endless address', `data:text/html,${'x'.repeat(3000)}`],
])('tells nothing of %s', async (_name, url) => {
  expect(await told(pages(url, url, url, url))).toEqual([undefined, undefined]);
});

it('goes on without it where it cannot be read', async () => {
  expect(await told({ read: () => Promise.reject(new Error('no browser')) })).toEqual([undefined, undefined]);
});

it('asks only where the environment is a browser', async () => {
  const source = pages('https://a.example/');
  expect(await told(source, 'linux')).toEqual([undefined, undefined]);
  expect(source.asked).toBe(0);
});
