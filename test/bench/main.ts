import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { benchActions } from './actions.ts';
import { benchDisplay } from './display/display.ts';
import { benchPngLevels } from './display/png-levels.ts';
import { benchLedger } from './ledger.ts';
import { benchSandboxes } from './sandboxes.ts';
import { benchScale } from './scale.ts';
import { benchGate } from './gate.ts';
import { benchDesktops } from './desktops.ts';
import { benchMemory } from './memory.ts';
import { benchPages, benchSettle, benchStarts } from './settle.ts';
import { benchRecording } from './recording.ts';
import { benchReplay } from './replay.ts';
import { benchModel } from './model.ts';
import { benchPool } from './pool.ts';
import { benchStart } from './start.ts';

const BENCHES: Readonly<Record<string, () => Promise<unknown>>> = {
  start: benchStart,
  actions: benchActions,
  display: benchDisplay,
  screenshots: benchPngLevels,
  memory: benchMemory,
  gate: benchGate,
  settle: benchSettle,
  model: benchModel,
  starts: benchStarts,
  pages: benchPages,
  pool: benchPool,
  ledger: benchLedger,
  scale: benchScale,
  sandboxes: benchSandboxes,
  desktops: benchDesktops,
  recording: benchRecording,
  replay: benchReplay,
};

const RESULTS = fileURLToPath(new URL('../../bench/results/', import.meta.url));

/** `npm run bench [NAME…]`: measures, prints, and keeps what was measured in bench/results/NAME.json. */
const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(BENCHES);
const unknown = chosen.find((name) => !Object.hasOwn(BENCHES, name));
if (unknown !== undefined) {
  console.error(`error: there is no bench "${unknown}", but ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
await mkdir(RESULTS, { recursive: true });
for (const [name, bench] of Object.entries(BENCHES).filter(([key]) => chosen.includes(key))) {
  const figures = await bench();
  const machine = {
    date: new Date().toISOString(),
    cpus: cpus().length,
    model: cpus()[0]?.model,
    node: process.version,
  };
  console.log(name, JSON.stringify(figures, undefined, 2));
  await writeFile(`${RESULTS}${name}.json`, `${JSON.stringify({ machine, figures }, undefined, 2)}\n`);
}
