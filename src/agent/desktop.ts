import type { Display } from '../display/display.ts';
import type { Sandbox } from '../sandbox/sandbox-driver.ts';

/** A started desktop with a connection to its screen. */
export interface Desktop {
  readonly sandbox: Sandbox;
  readonly display: Display;
}
