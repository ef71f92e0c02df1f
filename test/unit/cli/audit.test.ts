import { readFile, writeFile } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import { createFileRecorder } from '../../../src/recording/file-recorder.ts';
import { createRunFolder, type RunFolder } from '../../../src/recording/run-folder.ts';
import { hashOf } from '../../../src/safety/audit/audit-entry.ts';
import { openAuditLog } from '../../../src/safety/audit/audit-log.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { fakeScreenshot, recordSampleRun, temporaryFolder } from '../recording/sample-run.ts';

async function verify(cwd: string, ...argv: readonly string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const { signal } = new AbortController();
  const context = { stdout, stderr, stdin: new PassThrough(), env: {}, cwd, signal };
  const code = await runCli(['audit', 'verify', 'run', ...argv], context);
  return { code, said: String(stdout.read() ?? '') + String(stderr.read() ?? '') };
}

/** A run of one turn with its audit log, as a run leaves them. */
async function leave(parent: string): Promise<{ readonly run: RunFolder; readonly head: string }> {
  const run = await createRunFolder({ parent, name: 'run', clock: systemClock });
  await using recorder = await createFileRecorder({ folder: run, clock: systemClock });
  await using log = await openAuditLog({ path: run.audit, clock: systemClock });
  const events = recordSampleRun(recorder, { turns: 1 });
  const call = events.flatMap((event) => (event.type === 'response' ? event.items : []))[1];
  await log.append({ type: 'opened', runId: run.runId, gate: 'policy' });
  await log.append({
    type: 'decided',
    turn: 1,
    callId: 'call_1',
    index: 0,
    decision: 'approve',
    by: 'policy',
    shown: { screenshot: fakeScreenshot('frame 0').sha256, call: hashOf(call), checks: hashOf([]) },
  });
  await log.close('completed');
  return { run, head: log.head };
}

it('says that a log is whole, and its last hash', async () => {
  await using folder = await temporaryFolder();
  const { head } = await leave(folder.path);
  expect(await verify(folder.path)).toEqual({ code: 0, said: `whole: 3 entries, the last one ${head}\n` });
  expect((await verify(folder.path, '--head', head)).code).toBe(0);
  expect((await verify(folder.path, '--head', 'f'.repeat(64))).code).toBe(1);
});

it('says at which entry it breaks', async () => {
  await using folder = await temporaryFolder();
  const { run } = await leave(folder.path);
  await writeFile(run.audit, (await readFile(run.audit, 'utf8')).replace('"approve"', '"deny"'));
  expect(await verify(folder.path)).toEqual({
    code: 1,
    said: 'broken at entry 2: it was edited: it does not match its hash\n',
  });
});

it('says where the run beside it tells something else', async () => {
  await using folder = await temporaryFolder();
  const { run } = await leave(folder.path);
  await writeFile(`${run.frames}/${fakeScreenshot('frame 0').sha256}.png`, 'another picture');
  const { code, said } = await verify(folder.path);
  expect(code).toBe(1);
  expect(said).toMatch(/^entry 2: The frame .* is damaged: it does not match its hash\.\n$/);
});

it('says that there is no log', async () => {
  await using folder = await temporaryFolder();
  const { code, said } = await verify(folder.path);
  expect(code).toBe(5);
  expect(said).toContain('Cannot read');
});
