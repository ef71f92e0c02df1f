import { z } from 'zod';
import { parseYaml, readYamlFile } from '../../config/yaml-file.ts';
import builtIn from './prices.json' with { type: 'json' };

const usdPerMillion = z.number().nonnegative();
/** A kind that is left out is a hole: nothing is guessed in its place. */
const rates = {
  input: usdPerMillion.optional(),
  cachedInput: usdPerMillion.optional(),
  output: usdPerMillion.optional(),
};

const modelPrice = z.strictObject({
  ...rates,
  /** Where this price was read, if not where the others were. */
  source: z.string().min(1).optional(),
  /** Prices of all tokens of a request whose input is longer than this. */
  longContext: z.strictObject({ aboveInputTokens: z.number().int().positive(), ...rates }).optional(),
});

const priceTable = z.strictObject({
  date: z.iso.date({ error: 'expected the day on which the prices were read, such as 2026-11-22' }),
  source: z.string().min(1),
  /** By the name of the model; at Azure of the deployment. */
  models: z.record(z.string().min(1), modelPrice),
});

export type ModelPrice = z.output<typeof modelPrice>;

/** US dollars per million tokens, with the day and the place where they were read. */
export interface PriceTable extends z.output<typeof priceTable> {
  /** As reports call it. */
  readonly name: string;
}

/** The table that deskhand ships: prices of OpenAI itself. */
export function builtInPrices(): PriceTable {
  const name = "deskhand's price table";
  return { ...parseYaml(JSON.stringify(builtIn), { file: name, schema: priceTable }).value, name };
}

/**
 * A table of one's own, YAML or JSON.
 * @throws InputError not-found, invalid-file
 */
export async function readPriceTable(path: string): Promise<PriceTable> {
  return { ...(await readYamlFile(path, { schema: priceTable })).value, name: path };
}
