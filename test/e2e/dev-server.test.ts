import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type CliProcess, createTemporaryFolder, ROOT, runCli, startCli } from '../support/cli.ts';

const POEM = join(ROOT, 'examples/poem.yaml');
const resultLine = z.looseObject({
  type: z.literal('result'),
  outcome: z.string(),
  verification: z.string(),
});

/** What the server says to put into the environment. */
function environmentOf({ stdout }: { readonly stdout: string }): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...stdout.matchAll(/(OPENAI_\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
  );
}

async function serve(argv: readonly string[]) {
  const server: CliProcess = startCli(['dev', 'model-server', '--port', '0', ...argv]);
  await server.seen('deskhand run TASK');
  return {
    server,
    env: environmentOf(server.output()),
    async [Symbol.asyncDispose]() {
      server.child.kill('SIGINT');
      await server.exited;
    },
  };
}

function resultOf(stdout: string): z.infer<typeof resultLine> {
  return resultLine.parse(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''));
}

describe.concurrent('deskhand dev model-server', () => {
  it('lets the local model do an example over the wire, unchanged; recorded, it can be replayed without it', async () => {
    await using folder = await createTemporaryFolder();
    const common = ['run', POEM, '--json', '--runs', folder.path];
    const cassette = join(folder.path, 'poem.jsonl');
    {
      await using stage = await serve(['--brain', 'local']);
      const argv = [...common, '--model', 'openai', '--record-model', cassette];
      const { code, stdout, stderr } = await runCli(argv, { env: stage.env });
      expect(stderr).toContain('model: openai, because --model says so');
      expect(resultOf(stdout)).toMatchObject({ outcome: 'completed', verification: 'passed' });
      expect(resultOf(stdout)).not.toHaveProperty('costUsd');
      expect(code).toBe(0);
      expect(stage.server.output().stdout).toContain('POST /v1/responses 200');
      expect(await readFile(cassette, 'utf8')).not.toContain(stage.env['OPENAI_API_KEY']);
    }
    const { code, stdout } = await runCli([...common, '--model', `replay:${cassette}`]);
    expect(resultOf(stdout)).toMatchObject({ outcome: 'completed', verification: 'passed' });
    expect(code).toBe(0);
  });

  it('ends a run at its budget, by a price table of one’s own', async () => {
    await using folder = await createTemporaryFolder();
    const [script, prices] = [join(folder.path, 'script.yaml'), join(folder.path, 'prices.yaml')];
    const wait = '{ actions: [{ type: wait }] }';
    await writeFile(script, `answers: [${wait}, ${wait}, ${wait}]\n`);
    const price = '{ input: 1000, cachedInput: 1000, output: 1000 }';
    await writeFile(prices, `date: 2026-11-22\nsource: a test\nmodels: { gpt-5.4: ${price} }\n`);
    await using stage = await serve(['--script', script]);
    const argv = [
      'run',
      'Wait.',
      '--model',
      'openai',
      '--json',
      '--runs',
      folder.path,
      '--budget-usd',
      '0.01',
    ];
    const { code, stdout } = await runCli([...argv, '--prices', prices], { env: stage.env });
    expect(code).toBe(4);
    expect(resultOf(stdout)).toMatchObject({ outcome: 'limit-reached', turns: 1, steps: 1 });
  });

  it('ends when it is stopped', async () => {
    const stage = await serve([]);
    stage.server.child.kill('SIGINT');
    expect((await stage.server.exited).code).toBe(0);
  });
});

describe.concurrent('bad input about the model', () => {
  it.each([
    [
      'a port that is none',
      ['dev', 'model-server', '--port', 'http'],
      /--port: expected a number from 0 to 65535/,
    ],
    ['another brain', ['dev', 'model-server', '--brain', 'big'], /--brain: expected local/],
    ['a budget of nothing', ['run', 'Wait.', '--budget-usd', '0'], /--budget-usd: .*at least 0\.01/],
    ['a price table that is not there', ['run', 'click "A"', '--prices', 'none.yaml'], /none\.yaml/],
    [
      'a cassette that is not there',
      ['run', 'Wait.', '--model', 'replay:none.jsonl'],
      /There is no cassette .*none\.jsonl/,
    ],
    ['a cassette that is none', ['run', 'Wait.', '--model', `replay:${POEM}`], /is no cassette/],
  ])('%s: exits with 2', async (_name, argv, message) => {
    await using folder = await createTemporaryFolder();
    const { code, stderr } = await runCli(argv, { cwd: folder.path });
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it('a cassette that is cut off, and a price table with a hole where there is a budget', async () => {
    await using folder = await createTemporaryFolder();
    const [cassette, prices] = [join(folder.path, 'cut.jsonl'), join(folder.path, 'prices.yaml')];
    const brief = { instruction: 'Wait.', display: { width: 1440, height: 900 }, environment: 'linux' };
    const model = { provider: 'openai', name: 'gpt-5.4', tool: 'computer' };
    await writeFile(cassette, `${JSON.stringify({ type: 'cassette', version: 1, model, brief })}\n`);
    const cut = await runCli(['run', 'Wait.', '--model', `replay:${cassette}`], { cwd: folder.path });
    expect([cut.code, cut.stderr]).toEqual([2, expect.stringMatching(/is cut off at line 2/)]);

    await writeFile(prices, 'date: 2026-11-22\nsource: a test\nmodels: { mine: { input: 1 } }\n');
    const argv = ['run', 'Wait.', '--model', 'openai:mine', '--prices', prices, '--budget-usd', '1'];
    const hole = await runCli(argv, { cwd: folder.path, env: { OPENAI_API_KEY: 'none' } });
    expect([hole.code, hole.stderr]).toEqual([
      2,
      expect.stringMatching(/no price of cached input and output tokens for mine/),
    ]);
  });

  it('an endpoint of the wrong form, a wrong key and an unknown model, each before there is a desktop', async () => {
    await using folder = await createTemporaryFolder();
    const AZURE_OPENAI_ENDPOINT = 'https://res.openai.azure.com/openai/deployments/desk';
    const form = await runCli(['run', 'Wait.', '--model', 'azure:desk'], { env: { AZURE_OPENAI_ENDPOINT } });
    expect([form.code, form.stderr]).toEqual([
      2,
      expect.stringContaining('names a deployment or an operation'),
    ]);

    await using stage = await serve([]);
    const { OPENAI_BASE_URL } = stage.env;
    const run = (model: string, OPENAI_API_KEY: string | undefined) =>
      runCli(['run', 'Wait.', '--model', model, '--runs', folder.path], {
        env: { OPENAI_BASE_URL, OPENAI_API_KEY },
      });
    const key = await run('openai', 'another-key');
    expect(key.stderr).toMatch(/answered 401[\s\S]*hint: Check OPENAI_API_KEY/);
    expect(key.stderr).not.toContain('another-key');
    const model = await run('openai:gpt-9', stage.env['OPENAI_API_KEY']);
    expect(model.stderr).toMatch(/gpt-9[\s\S]*hint: Check the model's name "gpt-9"/);
    expect([key.code, model.code]).toEqual([5, 5]);
    // A run that has a desktop has a folder.
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('a budget for a model without a price', async () => {
    const argv = ['run', 'Wait.', '--model', 'openai:gpt-unheard-of', '--budget-usd', '1'];
    const { code, stderr } = await runCli(argv, { env: { OPENAI_API_KEY: 'none' } });
    expect(stderr).toMatch(
      /A budget cannot be kept\. No price is known for gpt-unheard-of[\s\S]*--prices FILE/,
    );
    expect(code).toBe(2);
  });
});
