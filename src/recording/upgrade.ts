import { TRAJECTORY_VERSION } from './trajectory.ts';

type Fields = Readonly<Record<string, unknown>>;
/** By type of event: turns one into that of the next version. */
type Upgrade = Readonly<Record<string, (event: Fields) => Fields>>;

/** By the version that is left behind: what its events lack. Each step is kept for ever. */
const UPGRADES: Readonly<Record<number, Upgrade>> = {
  1: {
    'run-started': (event) => ({ settings: {}, seeds: {}, ...event, version: 2 }),
    'sandbox-ready': (event) => ({ clock: 'real', ...event }),
  },
};

/** The JSON of a line of format `version` in the present format. What is no event stays as it is. */
export function upgradeLine(line: unknown, version: number): unknown {
  if (!isFields(line) || !isFields(line['event'])) return line;
  let event = line['event'];
  for (let from = version; from < TRAJECTORY_VERSION; from++) {
    event = UPGRADES[from]?.[String(event['type'])]?.(event) ?? event;
  }
  return { ...line, event };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
