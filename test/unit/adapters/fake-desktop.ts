import type { OwnedDesktop } from '../../../src/adapters/open-desktop.ts';
import { FakeDisplay, type FakeDisplayOptions } from '../../../src/testing/fake-display.ts';
import { FakeSandbox } from '../../../src/testing/fake-driver.ts';

/** Makes desktops of doubles and remembers them. */
export class FakeDesktops {
  readonly opened: (OwnedDesktop & { readonly display: FakeDisplay; readonly sandbox: FakeSandbox })[] = [];
  /** How many of them are not disposed of. */
  alive = 0;
  readonly #display: FakeDisplayOptions;
  readonly #failure: Error | undefined;

  constructor(options: { readonly display?: FakeDisplayOptions; readonly failure?: Error } = {}) {
    this.#display = options.display ?? {};
    this.#failure = options.failure;
  }

  readonly open = (): Promise<OwnedDesktop> => {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const display = new FakeDisplay(this.#display);
    const number = this.opened.length + 1;
    const spec = {
      runId: 'fake',
      display: display.size,
      network: 'none',
      memoryBytes: 0,
      cpus: 1,
      pidsLimit: 64,
      expiresInMs: 0,
    } as const;
    this.alive++;
    const desktop = {
      display,
      sandbox: new FakeSandbox(spec, number),
      [Symbol.asyncDispose]: async (): Promise<void> => {
        this.alive--;
        await display[Symbol.asyncDispose]();
      },
    };
    this.opened.push(desktop);
    return Promise.resolve(desktop);
  };
}
