/** Edges of the screen, for "at the top". */
export type Edge = 'top' | 'bottom' | 'left' | 'right';

/** Where a label stands, seen from another one. */
export interface Relation {
  readonly kind: 'near' | 'above' | 'below' | 'left of' | 'right of';
  readonly label: string;
}

/** What narrows a place down. */
export interface Qualifiers {
  /** From 1 in reading order; -1 is the last. */
  readonly ordinal?: number;
  readonly edges?: readonly Edge[];
  readonly inMenu?: boolean;
  /** Title of the window or dialog that it is in. */
  readonly window?: string;
  readonly relation?: Relation;
}

/** A text on the screen. */
export interface LabelTarget extends Qualifiers {
  readonly kind: 'label';
  readonly label: string;
}

/** The input field that a text names, standing before, above or in it. */
interface FieldTarget extends Qualifiers {
  readonly kind: 'field';
  readonly label: string;
}

/** A place with nothing on it: anywhere, or on the desktop's background. */
interface EmptyTarget {
  readonly kind: 'empty';
  readonly isDesktop: boolean;
  readonly window?: string;
}

export type Target = LabelTarget | FieldTarget | EmptyTarget;

export type Direction = 'up' | 'down' | 'left' | 'right';

/** A screenful is a share of what is seen, so it is not known in px before the look. */
export type ScrollAmount = { readonly px: number } | { readonly pages: number };

/** Key names are canonical (action/key-names.ts). */
export type Command =
  | {
      readonly kind: 'click';
      readonly button: 'left' | 'wheel' | 'right';
      readonly count: 1 | 2;
      readonly target: Target;
      readonly held: readonly string[];
    }
  | { readonly kind: 'hover'; readonly target: Target }
  | { readonly kind: 'type'; readonly text: string; readonly field?: Target }
  | { readonly kind: 'clear'; readonly field: Target }
  | { readonly kind: 'press'; readonly keys: readonly string[]; readonly times: number }
  | {
      readonly kind: 'scroll';
      readonly direction: Direction;
      readonly amount: ScrollAmount;
      /** Text to scroll to. */
      readonly until?: string;
      readonly over?: Target;
    }
  | {
      readonly kind: 'drag';
      readonly from: Target;
      readonly to: Target | { readonly direction: Direction; readonly px: number };
      readonly held: readonly string[];
    }
  | {
      readonly kind: 'wait-until';
      readonly text: string;
      readonly isVisible: boolean;
      /** ms; absent: the model's own patience. */
      readonly timeoutMs?: number;
    }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'check'; readonly texts: readonly string[]; readonly isVisible: boolean }
  | { readonly kind: 'look' };

/** One step of an instruction, and where it stands there. */
export interface Step {
  readonly command: Command;
  /** As it was written, on one line. */
  readonly text: string;
  /** From 1. */
  readonly line: number;
}
