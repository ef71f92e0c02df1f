/** What one desktop with a run on it is taken to need: estimates, which a measurement may replace. */
export interface DesktopNeeds {
  readonly cpus: number;
  readonly bytes: number;
}

const MEBIBYTE = 1024 * 1024;

/** Most of a trial is waiting for the model: several desktops share a processor. */
export const NEEDS: DesktopNeeds = { cpus: 0.25, bytes: 300 * MEBIBYTE };
/** The local model reads the screen on this machine, in a process of its own. */
export const NEEDS_WITH_LOCAL_MODEL: DesktopNeeds = { cpus: 1, bytes: 600 * MEBIBYTE };

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
