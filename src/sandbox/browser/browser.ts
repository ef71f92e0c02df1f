import { z } from 'zod';
import { SandboxError, toMessage } from '../../errors.ts';
import type { Sandbox } from '../sandbox-driver.ts';
import { DevTools } from './devtools.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

const START_TIMEOUT_MS = 30_000;
const ANSWER_TIMEOUT_MS = 1_000;
/** A page that is busy does not hold up the others. */
const PAGE_TIMEOUT_MS = 100;
/** What nobody waits for may take its time: a machine that is at its limit says nothing about the page. */
const PATIENT_TIMEOUT_MS = 10_000;

const HIDE_PANEL = 'xdotool search --onlyvisible --class xfce4-panel windowunmap >/dev/null 2>&1';

/**
 * The panel goes, so that the browser has the whole screen. The browser's end of the pipe are the descriptors 3 and 4:
 * nothing listens, and nothing but this process can talk to it.
 */
const startScript = `${HIDE_PANEL}
exec chromium --start-maximized --remote-debugging-pipe -- "$1" 3<&0 4>&1 </dev/null >/dev/null`;

const targets = z.object({
  targetInfos: z.array(z.object({ targetId: z.string(), type: z.string(), url: z.string() })),
});
const attached = z.object({ sessionId: z.string() });
const world = z.object({ executionContextId: z.number() });
const evaluated = z.object({
  result: z.object({ value: z.unknown() }),
  exceptionDetails: z.object({ text: z.string() }).optional(),
});
const stored = z.object({
  cookies: z.array(z.object({ name: z.string(), value: z.string(), domain: z.string() })),
});

export type Cookie = z.infer<typeof stored>['cookies'][number];

type Page = z.infer<typeof targets>['targetInfos'][number];

const HINT = 'Its own sandbox needs user namespaces: see docs/sandbox.md, "The desktop with a browser".';

/** How far in front a page is, asked where its own scripts cannot answer in its stead. */
const QUESTION = `document.visibilityState === 'visible' ? (document.hasFocus() ? 'focused' : 'visible') : 'hidden'`;
const RANKS: readonly string[] = ['focused', 'visible'];

/**
 * Starts Chromium on a desktop, filling the screen.
 * @throws SandboxError browser-failed
 */
export async function startBrowser(
  sandbox: Sandbox,
  { url, signal }: Cancellable & { readonly url: string },
): Promise<Browser> {
  const devtools = new DevTools(await sandbox.openProgram(['sh', '-c', startScript, 'sh', url], { signal }));
  try {
    await devtools.call('Browser.getVersion', {}, { timeoutMs: START_TIMEOUT_MS });
    return new Browser(devtools);
  } catch (cause) {
    devtools.close();
    throw new SandboxError('browser-failed', `The browser could not be started. ${toMessage(cause)}`, {
      cause,
      hint: HINT,
    });
  }
}

/** Ends when the browser's window is there. */
const startAloneScript = `${HIDE_PANEL}
setsid -f chromium --start-maximized -- "$1" </dev/null >/dev/null 2>&1
exec timeout 30 xdotool search --sync --onlyvisible --class chromium >/dev/null 2>&1`;

/**
 * Starts Chromium as startBrowser does, for a desktop that outlives this process: nobody is told its address.
 * @throws SandboxError browser-failed
 */
export async function startBrowserAlone(
  sandbox: Sandbox,
  { url, signal }: Cancellable & { readonly url: string },
): Promise<void> {
  const { exitCode } = await sandbox.exec(['sh', '-c', startAloneScript, 'sh', url], { signal });
  if (exitCode !== 0) {
    throw new SandboxError('browser-failed', 'The browser did not show a window within 30 s.', {
      hint: HINT,
    });
  }
}

/** A browser on a desktop, as it tells of itself. */
export class Browser implements Disposable {
  readonly #devtools: DevTools;
  readonly #sessions = new Map<string, string>();
  #front: string | undefined;

  constructor(devtools: DevTools) {
    this.#devtools = devtools;
  }

  /**
   * The address of the page in front; undefined when there is none.
   * @throws SandboxError browser-failed
   */
  async currentUrl(): Promise<string | undefined> {
    const pages = await this.#pages();
    const front = pages.length > 1 ? await this.#findFront(pages) : pages[0];
    this.#front = front?.targetId;
    return front?.url;
  }

  /**
   * The value of an expression in the page in front, asked where its own scripts cannot answer in its stead.
   * @throws SandboxError browser-failed: there is no page, it does not answer, or the expression throws
   */
  async evaluate(expression: string): Promise<unknown> {
    const pages = await this.#pages(PATIENT_TIMEOUT_MS);
    const page = pages.length > 1 ? await this.#findFront(pages) : pages[0];
    if (page === undefined) throw new SandboxError('browser-failed', 'The browser shows no page.');
    return await this.#ask(page, expression, PATIENT_TIMEOUT_MS);
  }

  /** @throws SandboxError browser-failed */
  async cookies(): Promise<readonly Cookie[]> {
    const options = { timeoutMs: PATIENT_TIMEOUT_MS };
    const found = stored.safeParse(await this.#devtools.call('Storage.getCookies', {}, options));
    if (!found.success) throw new SandboxError('browser-failed', 'The browser told of no cookies.');
    return found.data.cookies;
  }

  [Symbol.dispose](): void {
    this.#devtools.close();
  }

  async #pages(timeoutMs = ANSWER_TIMEOUT_MS): Promise<readonly Page[]> {
    const found = targets.safeParse(await this.#devtools.call('Target.getTargets', {}, { timeoutMs }));
    if (!found.success) throw new SandboxError('browser-failed', 'The browser told of no pages.');
    return found.data.targetInfos.filter(({ type }) => type === 'page');
  }

  async #findFront(pages: readonly Page[]): Promise<Page | undefined> {
    const states = await Promise.all(pages.map(async (page) => await this.#stateOf(page)));
    const ranked = RANKS.flatMap((rank) => pages.filter((_page, index) => states[index] === rank));
    if (ranked[0]) return ranked[0];
    // A page that is busy does not answer, wherever it is; one that says that it is hidden is.
    const silent = pages.filter((_page, index) => states[index] === undefined);
    return silent.find(({ targetId }) => targetId === this.#front) ?? silent.at(-1) ?? pages.at(-1);
  }

  /** Undefined: the page did not say. */
  async #stateOf(page: Page): Promise<string | undefined> {
    try {
      return z.string().parse(await this.#ask(page, QUESTION, PAGE_TIMEOUT_MS));
    } catch {
      this.#sessions.delete(page.targetId);
      return undefined;
    }
  }

  async #ask({ targetId }: Page, expression: string, timeoutMs: number): Promise<unknown> {
    const sessionId = await this.#sessionOf(targetId, timeoutMs);
    const options = { sessionId, timeoutMs };
    const inWorld = world.parse(
      await this.#devtools.call(
        'Page.createIsolatedWorld',
        { frameId: targetId, worldName: 'deskhand' },
        options,
      ),
    );
    const question = { expression, contextId: inWorld.executionContextId, returnByValue: true };
    const answer = evaluated.parse(await this.#devtools.call('Runtime.evaluate', question, options));
    const { exceptionDetails, result } = answer;
    if (exceptionDetails === undefined) return result.value;
    throw new SandboxError('browser-failed', `The page cannot be asked: ${exceptionDetails.text}.`);
  }

  async #sessionOf(targetId: string, timeoutMs: number): Promise<string> {
    const known = this.#sessions.get(targetId);
    if (known !== undefined) return known;
    const parameters = { targetId, flatten: true };
    const { sessionId } = attached.parse(
      await this.#devtools.call('Target.attachToTarget', parameters, { timeoutMs }),
    );
    this.#sessions.set(targetId, sessionId);
    return sessionId;
  }
}
