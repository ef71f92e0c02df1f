import type { EgressProxyOptions } from '../egress/egress-proxy.ts';
import type { Clock } from '../../util/clock.ts';
import type { ProcessTable } from '../../util/process-owner.ts';
import type { ContainerClient } from './container-client.ts';
import type { EngineFacts } from './engine-facts.ts';
import type { Engine } from './engine.ts';
import type { ImageClient } from './image/image-client.ts';

/** What a driver's operations share. */
export interface DriverParts {
  readonly engine: Engine;
  readonly facts: EngineFacts;
  readonly containers: ContainerClient;
  readonly images: ImageClient;
  readonly processes: ProcessTable;
  readonly clock: Clock;
  /** Image reference of a sandbox whose spec names none. */
  readonly image: string;
  /** Where the folders of this user's sandboxes are. */
  readonly runtimeFolder: string;
  readonly startTimeoutMs: number;
  /** How names are resolved and addresses dialled for the sandboxes. */
  readonly egress: Pick<EgressProxyOptions, 'resolve' | 'dial'>;
}
