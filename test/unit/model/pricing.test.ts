import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addCost, NO_COST } from '../../../src/model/prices/cost.ts';
import { builtInPrices, readPriceTable } from '../../../src/model/prices/price-table.ts';
import { priceModel, requirePricing } from '../../../src/model/prices/pricing.ts';
import type { PricedModel } from '../../../src/model/prices/pricing.ts';
import type { Usage } from '../../../src/model/model-client.ts';
import { createTemporaryFolder } from '../../support/cli.ts';

const OPENAI: PricedModel = { provider: 'openai', name: 'gpt-5.4' };
const USAGE: Usage = {
  inputTokens: 10_000,
  cachedInputTokens: 4_000,
  outputTokens: 1_000,
  reasoningTokens: 600,
};

async function readTable(text: string) {
  await using folder = await createTemporaryFolder();
  const path = join(folder.path, 'prices.yaml');
  await writeFile(path, text);
  return { ...(await readPriceTable(path)), name: 'prices.yaml' };
}

const table = (models: string): string => `date: 2026-11-22\nsource: the invoice\nmodels:\n${models}\n`;

describe('the built-in table', () => {
  test('says when and where each price was read, and has no hole', () => {
    const { date, models } = builtInPrices();
    expect(date).toMatch(/^20\d\d-\d\d-\d\d$/);
    for (const [name, { source }] of Object.entries(models)) {
      expect(source).toMatch(/^https:\/\//);
      expect(priceModel({ provider: 'openai', name }).kind).toBe('known');
    }
  });

  test('has the models whose pages say that they use a computer', () => {
    expect(Object.keys(builtInPrices().models).toSorted()).toEqual(['gpt-5.4', 'gpt-5.4-mini', 'gpt-5.5']);
  });

  test('prices a request by the kind of token, reasoning as output', () => {
    const costOf = requirePricing(priceModel(OPENAI), undefined);
    expect(costOf?.(USAGE)).toEqual({ input: 0.015, cachedInput: 0.001, output: 0.015, total: 0.031 });
  });

  test('prices a long request by the prices of long ones', () => {
    const costOf = requirePricing(priceModel(OPENAI), undefined);
    const usage = { ...USAGE, inputTokens: 272_001, cachedInputTokens: 0 };
    expect(costOf?.(usage)).toEqual({ input: 1.360005, cachedInput: 0, output: 0.0225, total: 1.382505 });
    expect(costOf?.({ ...usage, inputTokens: 272_000 })).toMatchObject({ input: 0.68, output: 0.015 });
  });

  test.each<PricedModel>([
    { provider: 'azure', name: 'gpt-5.4' },
    { provider: 'openai', name: 'gpt-5.4', baseUrl: 'http://localhost:8000/v1' },
    { provider: 'openai', name: 'gpt-5.4-turbo' },
  ])('does not guess the price of $name at $provider $baseUrl', (model) => {
    expect(priceModel(model)).toMatchObject({ kind: 'unknown', reason: expect.stringContaining(model.name) });
  });

  test.each(['local', 'replay'])('a %s model costs nothing', (provider) => {
    const costOf = requirePricing(priceModel({ provider, name: 'any' }), 1);
    expect(costOf?.(USAGE)).toEqual(NO_COST);
  });
});

describe('a table of one’s own', () => {
  test('goes before the built-in one, for any server', async () => {
    const own = await readTable(table('  gpt-5.4: { input: 1, cachedInput: 0, output: 2 }'));
    const cost = { input: 0.006, cachedInput: 0, output: 0.002, total: 0.008 };
    for (const provider of ['openai', 'azure']) {
      expect(requirePricing(priceModel({ provider, name: 'gpt-5.4' }, own), 1)?.(USAGE)).toEqual(cost);
    }
  });

  test('leaves the others to the built-in one', async () => {
    const own = await readTable(table('  mine: { input: 1, cachedInput: 0, output: 2 }'));
    expect(priceModel(OPENAI, own).kind).toBe('known');
  });

  test.each([
    ['  mine: { input: 1, output: 2 }', 'no price of cached input tokens for mine'],
    ['  mine: {}', 'no price of input and cached input and output tokens for mine'],
    [
      '  mine: { input: 1, cachedInput: 1, output: 2, longContext: { aboveInputTokens: 9, input: 2, cachedInput: 1 } }',
      'no price of output tokens for mine',
    ],
    ['  other: { input: 1, cachedInput: 0, output: 2 }', 'not in prices.yaml'],
  ])('with a hole (%s) is unknown, and an error where a budget is asked', async (models, words) => {
    const own = await readTable(table(models));
    const pricing = priceModel({ provider: 'azure', name: 'mine' }, own);
    expect(pricing).toMatchObject({ kind: 'unknown', reason: expect.stringContaining(words) });
    expect(requirePricing(pricing, undefined)).toBeUndefined();
    expect(() => requirePricing(pricing, 0.5)).toThrow(words);
  });

  test.each([
    ['  mine: { input: -1 }', /prices\.yaml:4:\d+ models\.mine\.input/],
    ['  mine: { cached: 1 }', /prices\.yaml:4:\d+ models\.mine\.cached: unknown field/],
    ['  mine: { input: free }', /prices\.yaml:4:\d+ models\.mine\.input: expected a number/],
  ])('that is wrong (%s) says where', async (models, message) => {
    await expect(readTable(table(models))).rejects.toThrow(message);
  });

  test('needs its date and its source', async () => {
    const read = readTable('date: soon\nmodels: {}\n');
    await expect(read).rejects.toThrow(/source: is missing[\s\S]*date: expected the day/);
  });
});

test('what is not known of a turn is not known of the run', () => {
  const cost = { input: 0.1, cachedInput: 0, output: 0.2, total: 0.3 };
  expect(addCost(NO_COST, cost)).toEqual(cost);
  expect(addCost(cost, undefined)).toBeUndefined();
  expect(addCost(undefined, cost)).toBeUndefined();
});
