/** What the processes of a desktop do, as seen from outside it. */
export interface Activity {
  /** Processor time that they have used up so far, ms; undefined when that cannot be told any more. */
  usedMs(): number | undefined;
  /** Whether one of them runs at this moment, or would if it had a processor or what it reads from a disk. */
  isWorking(): boolean;
}
