import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import type { LoadConfigOptions } from '../../../src/config/load-config.ts';
import type { SettingName } from '../../../src/config/settings.ts';
import type { Config } from '../../../src/config/config.ts';

let cwd: string;

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'deskhand-config-'));
});

async function load(options: Partial<LoadConfigOptions> & { readonly yaml?: string } = {}): Promise<Config> {
  const { yaml, ...rest } = options;
  if (yaml !== undefined) await writeFile(join(cwd, 'deskhand.yaml'), yaml);
  return await loadConfig({ flags: {}, env: {}, cwd, ...rest });
}

function origin(config: Config, setting: SettingName): string {
  const found = config.provenance.find((entry) => entry.setting === setting);
  return `${found?.shown} from ${found?.from}`;
}

describe('defaults', () => {
  test('hold with nothing set', async () => {
    const { provenance, ...config } = await load();
    expect(config).toEqual({
      model: {
        provider: 'local',
        name: 'screen-reader-1',
        tool: 'computer',
        history: 'server',
        reason: 'local, because neither AZURE_OPENAI_ENDPOINT nor OPENAI_API_KEY is set',
        hasKey: false,
      },
      gate: 'prompt',
      functions: [],
      allowDownloads: [],
      display: { width: 1440, height: 900 },
      sandbox: { network: 'none', memoryBytes: 2 ** 30, cpus: 1.5, pidsLimit: 256, vnc: 'auto' },
      limits: { turns: 100, wallTimeMs: 600_000, repeats: 10 },
      settle: {},
      runsFolder: join(cwd, 'runs'),
      file: undefined,
      warnings: [],
    });
    expect(new Set(provenance.map(({ source }) => source))).toEqual(new Set(['default']));
  });

  test('the preview tool has a display of its own', async () => {
    const config = await load({ flags: { model: 'openai:computer-use-preview' } });
    expect(config.model.tool).toBe('computer_use_preview');
    expect(config.display).toEqual({ width: 1024, height: 768 });
  });
});

describe('functions', () => {
  test.each([
    ['shell', ['shell']],
    [' ask_user , shell,shell', ['ask_user', 'shell']],
    ['none', []],
  ])('%j of a flag', async (text, functions) => {
    expect((await load({ flags: { functions: text } })).functions).toEqual(functions);
  });

  test('what is none of them is an error', async () => {
    await expect(load({ flags: { functions: 'shel' } })).rejects.toMatchObject({
      code: 'invalid-option',
      message: '--functions: expected a list of shell, ask_user, or none; has "shel"; did you mean shell?',
    });
  });

  test('a task may ask for them, and deskhand.yaml may withhold them', async () => {
    const task = { functions: ['shell'] as const };
    expect((await load({ task })).functions).toEqual(['shell']);
    expect((await load({ task, yaml: 'functions: none' })).functions).toEqual([]);
    const flags = { functions: 'ask_user' };
    expect((await load({ task, yaml: 'functions: [shell]', flags })).functions).toEqual(['ask_user']);
  });
});

test.each(['', 'noon', '2026-01-15', '2026-01-15T09:00', '2026-13-15T09:00Z'])(
  'a clock cannot start at %j',
  async (clock) => {
    await expect(load({ flags: { clock } })).rejects.toThrow(
      `--clock: expected real or a time with its zone, such as 2026-01-15T09:00Z; has ${JSON.stringify(clock)}`,
    );
  },
);

test('a cassette is a file: from where one stands, or beside deskhand.yaml', async () => {
  const flagged = await load({ flags: { model: 'replay:runs/poem.jsonl' } });
  expect(flagged.model).toMatchObject({ provider: 'replay', name: join(cwd, 'runs/poem.jsonl') });
  await expect(load({ flags: { model: 'replay' } })).rejects.toThrow('A replay needs the cassette');
});

test('a budget and a price table: the file beside deskhand.yaml, the flag from where one stands', async () => {
  const yaml = 'pricesFile: prices.yaml\nlimits: { budgetUsd: 2 }\n';
  const inFile = await load({ yaml });
  expect([inFile.pricesFile, inFile.limits.budgetUsd]).toEqual([join(cwd, 'prices.yaml'), 2]);
  const flagged = await load({ flags: { prices: '../p.json', budgetUsd: '0.25' } });
  expect([flagged.pricesFile, flagged.limits.budgetUsd]).toEqual([join(cwd, '..', 'p.json'), 0.25]);
  await expect(load({ flags: { budgetUsd: '0' } })).rejects.toThrow(/--budget-usd: .*at least 0.01/);
});

describe('order of the sources', () => {
  const yaml = 'display: 800x600\nlimits:\n  turns: 5\n';
  const env = { DESKHAND_DISPLAY: '1024x768' };
  const task = { origin: 'poem.yaml', display: { width: 1280, height: 800 } };

  test('a flag comes before all others', async () => {
    const config = await load({ yaml, env, task, flags: { display: '1920x1080' } });
    expect(config.display).toEqual({ width: 1920, height: 1080 });
    expect(origin(config, 'display')).toBe('1920x1080 from --display');
    expect(origin(config, 'limits.turns')).toBe('5 from deskhand.yaml:3:10');
  });

  test('then a variable, then the task, then the file', async () => {
    expect(origin(await load({ yaml, env, task }), 'display')).toBe('1024x768 from DESKHAND_DISPLAY');
    expect(origin(await load({ yaml, task }), 'display')).toBe('1280x800 from poem.yaml');
    expect(origin(await load({ yaml }), 'display')).toBe('800x600 from deskhand.yaml:1:10');
  });

  test('a variable set to nothing is not set', async () => {
    expect(origin(await load({ env: { DESKHAND_GATE: '' } }), 'gate')).toBe('prompt from default');
  });

  test('a file may withhold the network and the model that a task asks for', async () => {
    const wants = { origin: 'poem.yaml', network: 'full', model: 'local' } as const;
    const asked = await load({ task: wants, env: { OPENAI_API_KEY: 'k' } });
    expect([asked.sandbox.network, asked.model.reason]).toEqual(['full', 'local, because poem.yaml says so']);
    const withheld = await load({
      task: wants,
      yaml: 'model: { provider: openai }\nsandbox: { network: none }\n',
    });
    expect([withheld.sandbox.network, withheld.model.reason]).toEqual([
      'none',
      'openai, because deskhand.yaml:1:20 says so',
    ]);
  });

  test('all settings can be given as variables', async () => {
    const env = {
      DESKHAND_IMAGE: 'mine:1',
      DESKHAND_NETWORK: 'full',
      DESKHAND_MEMORY: '2g',
      DESKHAND_CPUS: '0.5',
      DESKHAND_PIDS: '512',
      DESKHAND_CLOCK: '2026-01-15T10:00+01:00',
      DESKHAND_VNC: 'exec',
      DESKHAND_MAX_TURNS: '3',
      DESKHAND_MAX_TIME: '1h30m',
      DESKHAND_MAX_TOKENS: '9000',
      DESKHAND_SETTLE_MINIMUM_MS: '10',
      DESKHAND_SETTLE_QUIET_MS: '20',
      DESKHAND_SETTLE_CAP_MS: '30',
      DESKHAND_RUNS: 'elsewhere',
    };
    const config = await load({ env });
    expect(config.sandbox).toEqual({
      image: 'mine:1',
      network: 'full',
      memoryBytes: 2 ** 31,
      cpus: 0.5,
      pidsLimit: 512,
      clock: '2026-01-15T09:00:00.000Z',
      vnc: 'exec',
    });
    expect(config.limits).toEqual({ turns: 3, wallTimeMs: 5_400_000, tokens: 9000, repeats: 10 });
    expect(config.settle).toEqual({ minimumMs: 10, quietMs: 20, capMs: 30 });
    expect(config.runsFolder).toBe(join(cwd, 'elsewhere'));
  });

  test('a named file is read instead, and its relative folder starts beside it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'deskhand-named-'));
    await writeFile(join(folder, 'mine.yaml'), 'runsFolder: out\ngate: deny\n');
    const config = await load({ yaml: 'gate: prompt\n', flags: { config: join(folder, 'mine.yaml') } });
    expect([config.gate, config.runsFolder]).toEqual(['deny', join(folder, 'out')]);
  });
});

describe('the model', () => {
  const endpoint = 'https://mine.openai.azure.com';

  test('is azure when there is an endpoint, whatever else is set', async () => {
    const env = {
      AZURE_OPENAI_ENDPOINT: endpoint,
      OPENAI_API_KEY: 'k',
      AZURE_OPENAI_DEPLOYMENT: 'agent',
      OPENAI_API_VERSION: '2025-04-01-preview',
    };
    expect((await load({ env })).model).toEqual({
      provider: 'azure',
      name: 'agent',
      tool: 'computer',
      history: 'server',
      reason: 'azure, because AZURE_OPENAI_ENDPOINT is set',
      hasKey: false,
      azure: { endpoint, apiVersion: '2025-04-01-preview' },
    });
  });

  test('is openai when there is only a key', async () => {
    const env = { OPENAI_API_KEY: 'secret-key', OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' };
    const config = await load({ env });
    expect(config.model).toEqual({
      provider: 'openai',
      name: 'gpt-5.4',
      tool: 'computer',
      history: 'server',
      reason: 'openai, because OPENAI_API_KEY is set and AZURE_OPENAI_ENDPOINT is not',
      hasKey: true,
      baseUrl: 'http://127.0.0.1:9/v1',
    });
    expect(JSON.stringify(config)).not.toContain('secret-key');
  });

  test('keeps no name that was given with another provider', async () => {
    const { model } = await load({ flags: { model: 'openai' }, env: { DESKHAND_MODEL: 'azure:agent' } });
    expect([model.provider, model.name]).toEqual(['openai', 'gpt-5.4']);
  });

  test('may have a colon in its name', async () => {
    const { model } = await load({ flags: { model: 'openai:ft:mine:1' } });
    expect(model.name).toBe('ft:mine:1');
  });

  test.each([
    [{ AZURE_OPENAI_ENDPOINT: endpoint }, {}, /Azure needs the name of a deployment/],
    [{}, { model: 'azure:agent' }, /Azure needs the address/],
    [
      {},
      { model: 'opnai' },
      /^--model: expected one of auto, azure, .*; has "opnai"; did you mean openai\?$/,
    ],
    [{}, { model: 'openai:' }, /^--model: expected some text; has ""$/],
    [
      { OPENAI_BASE_URL: 'https://me:pw@host/v1' },
      {},
      /^OPENAI_BASE_URL: .*without a name or password in it$/,
    ],
  ])('is refused with words: %j %j', async (env, flags, message) => {
    await expect(load({ env, flags })).rejects.toThrow(message);
  });
});

test('the real screen may have another size than the display', async () => {
  const yaml = 'display: 1024x768\nsandbox:\n  screen: 800x600\n';
  const config = await load({ yaml, env: { DESKHAND_SCREEN: '1280x800' }, flags: { screen: '1920x1080' } });
  expect(config.sandbox.screen).toEqual({ width: 1920, height: 1080 });
  expect(origin(config, 'sandbox.screen')).toBe('1920x1080 from --screen');
  expect((await load({ yaml })).sandbox.screen).toEqual({ width: 800, height: 600 });
});

describe('bad input', () => {
  test.each([
    ['0x0', 'expected a width of 320 to 4096 pixels; has 0'],
    ['1440x0', 'expected a height of 200 to 4096 pixels; has 0'],
    ['-1440x900', 'expected a width of 320 to 4096 pixels; has -1440'],
    ['4097x900', 'expected a width of 320 to 4096 pixels; has 4097'],
    ['1440', 'expected WIDTHxHEIGHT in pixels, such as 1440x900; has "1440"'],
    ['', 'expected WIDTHxHEIGHT in pixels, such as 1440x900; has ""'],
  ])('--display %s', async (display, message) => {
    await expect(load({ flags: { display } })).rejects.toMatchObject({
      code: 'invalid-option',
      message: `--display: ${message}`,
    });
  });

  test('every wrong flag and variable is reported at once', async () => {
    const flags = { maxTime: '10', memory: '1', cpus: 'two' };
    await expect(load({ flags, env: { DESKHAND_MAX_TURNS: '0' } })).rejects.toThrow(
      [
        '--memory: expected an amount of memory such as 512m or 1g; has "1"',
        '--cpus: expected a number from 0.1 to 1024; has "two"',
        'DESKHAND_MAX_TURNS: expected a whole number of at least 1; has "0"',
        '--max-time: expected a duration such as 90s, 10m or 1h30m; has "10"',
      ].join('\n'),
    );
  });

  test('a file is reported by line, column and field', async () => {
    const yaml = 'displya: 800x600\nlimits:\n  turns: none\nsandbox:\n  memory: 1m\n  netwrk: full\n';
    await expect(load({ yaml })).rejects.toMatchObject({
      code: 'invalid-file',
      message: [
        '4 problems in deskhand.yaml:',
        '  deskhand.yaml:1:1 displya: unknown field; did you mean display? expected one of model, gate, policyFile, functions, environment, url, display, sandbox, allowDownloads, limits, settle, pricesFile, runsFolder',
        '  deskhand.yaml:3:10 limits.turns: expected a whole number of at least 1; has "none"',
        '  deskhand.yaml:5:11 sandbox.memory: expected at least 128m: an empty desktop alone needs half of that',
        '  deskhand.yaml:6:3 sandbox.netwrk: unknown field; did you mean network? expected one of image, screen, network, allowDomains, memory, cpus, pids, clock, vnc, runtime',
      ].join('\n'),
    });
  });

  test('a file of comments alone says nothing', async () => {
    expect((await load({ yaml: '# nothing yet\n' })).gate).toBe('prompt');
  });

  test('a named file that is not there', async () => {
    await expect(load({ flags: { config: 'gone.yaml' } })).rejects.toMatchObject({
      code: 'not-found',
      message: 'There is no file gone.yaml.',
    });
  });

  test('a variable that is nearly a setting is warned of', async () => {
    const { warnings } = await load({ env: { DESKHAND_DISPLY: '1x1', DESKHAND_NO_INSTALL: '1' } });
    expect(warnings).toEqual(['DESKHAND_DISPLY is not a setting; did you mean DESKHAND_DISPLAY?']);
  });
});

describe('names that a desktop may reach', () => {
  test('come as a list, or with commas', async () => {
    const fromFile = await load({ yaml: 'sandbox:\n  allowDomains: [example.com, "*.example.org"]\n' });
    expect(fromFile.sandbox.allowDomains).toEqual(['example.com', '*.example.org']);
    const flagged = await load({ flags: { allowDomain: 'a.example, b.example:8443' } });
    expect(flagged.sandbox.allowDomains).toEqual(['a.example', 'b.example:8443']);
    expect(origin(flagged, 'sandbox.allowDomains')).toBe('a.example,b.example:8443 from --allow-domain');
  });

  test('are not given beside the whole network', async () => {
    await expect(load({ flags: { allowDomain: 'a.example', network: 'full' } })).rejects.toMatchObject({
      code: 'invalid-option',
      message: 'Names to allow are given, and the network is full already.',
    });
  });
});

describe('the browser environment', () => {
  test('has room for a browser', async () => {
    const config = await load({ flags: { environment: 'browser', url: 'https://example.com/' } });
    expect(config).toMatchObject({ environment: 'browser', url: 'https://example.com/' });
    expect(config.sandbox).toMatchObject({ memoryBytes: 2 ** 31, pidsLimit: 512 });
    expect((await load({ flags: { environment: 'browser', pids: '300' } })).sandbox.pidsLimit).toBe(300);
  });

  test('is needed for an address, which has to be one', async () => {
    await expect(load({ flags: { url: 'https://example.com/' } })).rejects.toThrow('no browser to open it');
    await expect(load({ flags: { environment: 'browser', url: 'example.com' } })).rejects.toThrow(
      '--url: expected an address that begins with https:',
    );
    await expect(load({ flags: { environment: 'browser', url: 'javascript:alert(1)' } })).rejects.toThrow(
      '--url',
    );
  });
});
