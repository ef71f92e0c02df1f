/** What one desktop with a run on it needs, and the one that is kept ready beside it. */
export interface DesktopNeeds {
  readonly cpus: number;
  readonly bytes: number;
}

export interface DesktopUse {
  readonly hasBrowser: boolean;
  /** The local model reads the screen on this machine, in a process of its own. */
  readonly readsScreens: boolean;
}

const MEBIBYTE = 1024 * 1024;

/** By `npm run bench sandboxes`, rounded up: most of a trial is waiting for the model, and desktops share a processor. */
const DESKTOP: DesktopNeeds = { cpus: 0.25, bytes: 256 * MEBIBYTE };
const BROWSER: DesktopNeeds = { cpus: 0.15, bytes: 384 * MEBIBYTE };
const READING: DesktopNeeds = { cpus: 0.75, bytes: 256 * MEBIBYTE };

export function needsOf({ hasBrowser, readsScreens }: DesktopUse): DesktopNeeds {
  const parts = [DESKTOP, ...(hasBrowser ? [BROWSER] : []), ...(readsScreens ? [READING] : [])];
  return {
    cpus: parts.reduce((sum, { cpus }) => sum + cpus, 0),
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

const RESERVE_BYTES = 512 * MEBIBYTE;

export interface Machine {
  readonly cpus: number;
  /** Undefined where nobody knows: then processors alone count. */
  readonly freeBytes: number | undefined;
}

/** As many desktops at a time as a machine carries without slowing each other down; at least one. */
export function chooseParallel(machine: Machine, needs: DesktopNeeds): number {
  const byCpus = Math.floor(machine.cpus / needs.cpus);
  const byMemory =
    machine.freeBytes === undefined ? byCpus : Math.floor((machine.freeBytes - RESERVE_BYTES) / needs.bytes);
  return Math.max(1, Math.min(byCpus, byMemory));
}
