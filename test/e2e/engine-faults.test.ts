import { describe, expect, it } from 'vitest';
import { callDraft, messageDraft } from '../../src/testing/responses-server/brain.ts';
import { runCli } from '../support/cli.ts';
import { createFaultyEngine, type EngineFault } from '../support/faulty-engine.ts';
import { docker, parseLines, serve } from '../support/served-run.ts';

const CLICK = { type: 'click', button: 'left', x: 400, y: 300 };

/** A run behind an engine whose answers to some requests are faults. */
async function runWith(faultOf: (request: string) => EngineFault | undefined) {
  await using engine = await createFaultyEngine(faultOf);
  await using stage = await serve([[callDraft([CLICK])], [messageDraft('Done.')]]);
  const { code, stdout } = await runCli(stage.argv, {
    env: { ...stage.env, DOCKER_HOST: engine.url },
  });
  const filter = `label=deskhand.run=${await stage.runId()}`;
  const { stdout: left } = await docker('docker', ['ps', '-aq', '--filter', filter]);
  return { code, stdout, result: parseLines(stdout).at(-1), isLeft: left !== '' };
}

describe.concurrent('an engine in trouble', () => {
  it('that is slow with every answer makes a run slow, and no more', async () => {
    const { code, result, isLeft } = await runWith(() => ({ delayMs: 300 }));
    expect(result).toMatchObject({ outcome: 'completed' });
    expect([code, isLeft]).toEqual([0, false]);
  });

  it('that answers 500 when a desktop is made ends the run, in its words', async () => {
    const { code, stdout, result, isLeft } = await runWith((request) =>
      request.startsWith('POST /containers/create')
        ? { status: 500, message: 'driver is upside down' }
        : undefined,
    );
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'engine-fault' } });
    expect(stdout).toContain('driver is upside down');
    expect([code, isLeft]).toEqual([69, false]);
  });

  it('that has no room left says how to make some', async () => {
    const { code, stdout, result, isLeft } = await runWith((request) =>
      request.startsWith('POST /containers/create')
        ? { status: 500, message: 'write /var/lib/docker/tmp: no space left on device' }
        : undefined,
    );
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'disk-full' } });
    expect(stdout).toContain('docker system df');
    expect([code, isLeft]).toEqual([69, false]);
  });

  it('that never answers the start of a container is given up, and the container is removed', async () => {
    const { code, result, isLeft } = await runWith((request) =>
      /^POST \/containers\/[^/]+\/start/.test(request) ? { hangs: true } : undefined,
    );
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'engine-unreachable' } });
    expect([code, isLeft]).toEqual([69, false]);
  });
});
