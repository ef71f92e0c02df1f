import { freemem } from 'node:os';
import type { EngineFacts } from './engine-facts.ts';
import { isOnThisHost } from './vnc-route.ts';

/** Memory that an engine has left, bytes; undefined when it is on another machine, which does not say. */
export function freeMemory(facts: EngineFacts): number | undefined {
  return isOnThisHost(facts) ? freemem() : undefined;
}
