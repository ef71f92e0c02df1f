import { InputError } from '../../errors.ts';
import type { Usage } from '../model-client.ts';
import { type Cost, NO_COST, toCost } from './cost.ts';
import { builtInPrices, type ModelPrice, type PriceTable } from './price-table.ts';

/** The cost of one request. */
export type CostOf = (usage: Usage) => Cost;

export type Pricing =
  | { readonly kind: 'known'; readonly costOf: CostOf }
  /** `reason`: a sentence. */
  | { readonly kind: 'unknown'; readonly reason: string };

export interface PricedModel {
  readonly provider: string;
  /** At Azure the name of the deployment. */
  readonly name: string;
  /** Set where another server than the provider's own is asked. */
  readonly baseUrl?: string | undefined;
}

const KINDS = ['input', 'cachedInput', 'output'] as const;
type Rates = Readonly<Record<(typeof KINDS)[number], number>>;

const KIND_NAMES = { input: 'input', cachedInput: 'cached input', output: 'output' } as const;

/**
 * What a model costs: by one's own table where it has the model, else by the built-in one, which speaks of OpenAI's own
 * server alone. A deployment or another server may call anything by any name, so no price follows from theirs.
 */
export function priceModel(model: PricedModel, own?: PriceTable): Pricing {
  if (model.provider === 'local' || model.provider === 'replay') {
    return { kind: 'known', costOf: () => NO_COST };
  }
  const ownPrice = own?.models[model.name];
  if (own !== undefined && ownPrice !== undefined) return priceFrom(own, ownPrice, model.name);
  const table = builtInPrices();
  const price = table.models[model.name];
  if (price !== undefined && isOpenAi(model)) return priceFrom(table, price, model.name);
  const where = isOpenAi(model) ? '' : ' on this server';
  const asked = own === undefined ? '' : ` It is not in ${own.name} either.`;
  return { kind: 'unknown', reason: `No price is known for ${model.name}${where}.${asked}` };
}

/**
 * The pricing of a run, which must be known where a budget is to be kept.
 * @throws InputError invalid-option: there is a budget, and no price to keep it by
 */
export function requirePricing(pricing: Pricing, budgetUsd: number | undefined): CostOf | undefined {
  if (pricing.kind === 'known') return pricing.costOf;
  if (budgetUsd === undefined) return undefined;
  throw new InputError('invalid-option', `A budget cannot be kept. ${pricing.reason}`, {
    hint: 'Give the prices with --prices FILE (docs/models.md shows one), or limit the run with --max-tokens.',
  });
}

function priceFrom(table: PriceTable, price: ModelPrice, name: string): Pricing {
  const { longContext } = price;
  const holes = [...holesOf(price), ...(longContext ? holesOf(longContext) : [])];
  if (holes.length > 0) {
    const kinds = [...new Set(holes)].map((kind) => KIND_NAMES[kind]).join(' and ');
    return { kind: 'unknown', reason: `${table.name} has no price of ${kinds} tokens for ${name}.` };
  }
  const base = toRates(price);
  const long = longContext && toRates(longContext);
  return {
    kind: 'known',
    costOf: (usage) => {
      const isLong = longContext !== undefined && usage.inputTokens > longContext.aboveInputTokens;
      return costAt(isLong && long ? long : base, usage);
    },
  };
}

function costAt(rates: Rates, usage: Usage): Cost {
  const fresh = Math.max(0, usage.inputTokens - usage.cachedInputTokens);
  return toCost({
    input: (fresh * rates.input) / 1e6,
    cachedInput: (usage.cachedInputTokens * rates.cachedInput) / 1e6,
    output: (usage.outputTokens * rates.output) / 1e6,
  });
}

function holesOf(price: Partial<Rates> | ModelPrice): readonly (keyof Rates)[] {
  return KINDS.filter((kind) => price[kind] === undefined);
}

function toRates({ input = 0, cachedInput = 0, output = 0 }: ModelPrice): Rates {
  return { input, cachedInput, output };
}

function isOpenAi({ provider, baseUrl }: PricedModel): boolean {
  const host = baseUrl === undefined ? 'api.openai.com' : new URL(baseUrl).hostname;
  return provider === 'openai' && host === 'api.openai.com';
}
