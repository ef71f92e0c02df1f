import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { soakKills } from './kills.ts';
import { soakRow } from './row.ts';

const RESULTS = fileURLToPath(new URL('../../bench/results/', import.meta.url));
const SAMPLES = 20;
const parts = z.object({ kills: z.unknown(), row: z.unknown() }).partial();

/**
 * `npm run soak`: many runs at once with random kills, then short runs in a row; kept in bench/results/soak.json, where a part
 * that was not asked for (`--minutes 0`, `--runs 0`) stays as it is.
 */
const command = new Command('npm run soak --')
  .description('Runs at once that are killed at random moments, then short runs in a row.')
  .option('--minutes <minutes>', 'how long runs are killed at least; 0 leaves it out', toNumber, 15)
  .option(
    '--kills <count>',
    'how many are killed while they are under way, in three times as long at most',
    toCount,
    300,
  )
  .option('--at-once <count>', 'runs at a time', toCount, 8)
  .option('--runs <count>', 'short runs in a row; 0 leaves them out', toCount, 200)
  .parse();
const options = z
  .object({ minutes: z.number(), kills: z.number(), atOnce: z.number(), runs: z.number() })
  .parse(command.opts());
const { atOnce, kills, runs } = options;
const forMs = options.minutes * 60_000;
if (forMs > 0) {
  const figures = await soakKills({ forMs, kills, atOnce, atMostMs: 3 * forMs });
  await keep('kills', { atOnce, ...figures });
}
if (runs > 0) await keep('row', await soakRow({ runs, every: Math.max(1, Math.round(runs / SAMPLES)) }));

function toNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It is no number of at least 0.');
}

function toCount(text: string): number {
  const value = toNumber(text);
  if (Number.isInteger(value)) return value;
  throw new InvalidArgumentError('It is no whole number.');
}

async function keep(part: 'kills' | 'row', figures: object): Promise<void> {
  const path = `${RESULTS}soak.json`;
  const machine = {
    date: new Date().toISOString(),
    cpus: cpus().length,
    model: cpus()[0]?.model,
    node: process.version,
    loadAverage: loadavg(),
  };
  console.log(part, JSON.stringify(figures, undefined, 2));
  await mkdir(RESULTS, { recursive: true });
  const earlier = parts.parse(JSON.parse(await readFile(path, 'utf8').catch(() => '{}')));
  const all = { ...earlier, [part]: { machine, figures } };
  await writeFile(path, `${JSON.stringify(all, undefined, 2)}\n`);
}
