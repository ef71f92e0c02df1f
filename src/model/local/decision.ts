import type { Missing } from './locate-target.ts';

/** What one look at the screen leads to. */
export type Decision =
  /** Actions as the Responses API sends them, done in one computer call; the step looks again after them. */
  | { readonly kind: 'act'; readonly actions: readonly WireAction[]; readonly say: string }
  | { readonly kind: 'wait'; readonly turns: number; readonly say: string }
  /** `hadEffect` is false where an input changed nothing that can be seen. */
  | { readonly kind: 'done'; readonly say: string; readonly hadEffect: boolean }
  | { readonly kind: 'fail'; readonly missing: Missing };

/** An element of `actions[]`. */
export type WireAction = Readonly<Record<string, unknown>> & { readonly type: string };
