import type { Command } from 'commander';
import { InputError } from '../../errors.ts';
import type { Shard } from '../../evaluation/batch/plan.ts';

export interface BatchFlags {
  readonly parallel: string;
  readonly retries: string;
  readonly allowHostScripts?: boolean;
  readonly judge?: string;
}

/** The flags that every command has that runs trials. */
export function addBatchFlags(command: Command): Command {
  return command
    .option('--parallel <number>', 'desktops at a time, or auto: what memory and processors carry', 'auto')
    .option('--retries <number>', 'how often a trial is tried again when the machinery fails', '2')
    .option('--judge <provider[:name]>', 'the model that decides where a check asks one (default: none)')
    .option('--allow-host-scripts', 'let script checks with "on: host" run on this machine');
}

export function parseCount(flag: string, text: string, minimum: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : NaN;
  if (value >= minimum) return value;
  throw new InputError(
    'invalid-option',
    `${flag}: expected a whole number of at least ${minimum}; has "${text}"`,
  );
}

/** `2/8`: the second of eight. */
export function parseShard(text: string): Shard {
  const [, index = NaN, count = NaN] = /^(\d{1,5})\/(\d{1,5})$/.exec(text)?.map(Number) ?? [];
  if (index >= 1 && index <= count) return { index, count };
  throw new InputError('invalid-option', `--shard: expected INDEX/COUNT, such as 2/8; has "${text}"`);
}

/** Words between commas, or the flag given several times. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  const words = text.split(',').map((word) => word.trim());
  return [...before, ...words.filter((word) => word !== '')];
}
