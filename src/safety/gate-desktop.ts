import type { Foreground } from './policy/subject.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

/** The desktop while a person has it: a way in for their own VNC viewer. Disposing it closes the way. */
export interface Loan extends AsyncDisposable {
  /** `127.0.0.1:5901` */
  readonly address: string;
  /** Good for one viewer, once. */
  readonly password: string;
  /** Resolves when the viewer has left, or when nobody can come in any more; says which. Never rejects. */
  readonly ended: Promise<'left' | 'locked'>;
}

/** What a gate may ask of the desktop that it decides about, and do with it. */
export interface GateDesktop {
  /** What is in front. @throws DeskhandError when the desktop does not tell */
  foreground(options?: Cancellable): Promise<Foreground>;
  /** Lets a person in. @throws DeskhandError */
  lend(options?: Cancellable): Promise<Loan>;
}
