import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Browser } from '../../../../src/sandbox/browser/browser.ts';
import { DevTools } from '../../../../src/sandbox/browser/devtools.ts';

interface Call {
  readonly id: number;
  readonly method: string;
  readonly params: { readonly targetId?: string; readonly frameId?: string };
  readonly sessionId?: string;
}

type Answer = (call: Call) => unknown;

/** The far end of a pipe: answers each call with what `answer` gives; undefined: it stays silent. */
class FakeBrowser extends Duplex {
  readonly calls: string[] = [];
  readonly #answer: Answer;
  #partial = '';

  constructor(answer: Answer) {
    super();
    this.#answer = answer;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const texts = (this.#partial + chunk.toString()).split('\0');
    this.#partial = texts.pop() ?? '';
    for (const text of texts) {
      const call: Call = JSON.parse(text);
      this.calls.push(call.method);
      const answer = this.#answer(call);
      if (answer !== undefined) this.push(`${JSON.stringify({ id: call.id, ...Object(answer) })}\0`);
    }
    done();
  }
}

const page = (targetId: string, url: string) => ({ targetId, type: 'page', url });

/** Pages, and what each of them says of itself. */
function withPages(
  pages: readonly object[],
  states: Readonly<Record<string, string | undefined>> = {},
): FakeBrowser {
  return new FakeBrowser(({ method, params, sessionId }) => {
    switch (method) {
      case 'Target.getTargets':
        return { result: { targetInfos: pages } };
      case 'Target.attachToTarget':
        return { result: { sessionId: params.targetId } };
      case 'Page.createIsolatedWorld':
        return { result: { executionContextId: 7 } };
      case 'Runtime.evaluate': {
        const value = states[sessionId ?? ''];
        return value === undefined ? undefined : { result: { result: { value } } };
      }
      default:
        return { error: { message: `no ${method}` } };
    }
  });
}

const read = async (fake: FakeBrowser): Promise<string | undefined> =>
  await new Browser(new DevTools(fake)).currentUrl();

describe('the current address', () => {
  it('is that of the only page, which is not even asked', async () => {
    const fake = withPages([
      page('a', 'https://example.com/'),
      { targetId: 'b', type: 'browser_ui', url: 'chrome://omnibox-popup.top-chrome/' },
    ]);
    expect(await read(fake)).toBe('https://example.com/');
    expect(fake.calls).toEqual(['Target.getTargets']);
  });

  it('is unknown when no page is open', async () => {
    expect(await read(withPages([]))).toBeUndefined();
  });

  it.each([
    ['the one that has the focus', { a: 'visible', b: 'focused', c: 'hidden' }, 'b'],
    ['the one that is visible', { a: 'hidden', b: 'hidden', c: 'visible' }, 'c'],
    ['the one that is visible, while another is busy', { a: undefined, b: 'hidden', c: 'visible' }, 'c'],
    [
      'the one that does not answer, when the others are hidden',
      { a: 'hidden', b: undefined, c: 'hidden' },
      'b',
    ],
    ['the last one, when none says', { a: undefined, b: undefined, c: undefined }, 'c'],
  ])('of several pages is that of %s', async (_name, states, front) => {
    const pages = ['a', 'b', 'c'].map((id) => page(id, `https://${id}.example/`));
    expect(await read(withPages(pages, states))).toBe(`https://${front}.example/`);
  });

  it('stays with the page that was in front while that one is busy', async () => {
    const states: Record<string, string | undefined> = { a: 'focused', b: 'hidden' };
    const browser = new Browser(
      new DevTools(withPages([page('a', 'https://a.example/'), page('b', 'https://b.example/')], states)),
    );
    expect(await browser.currentUrl()).toBe('https://a.example/');
    states['a'] = undefined;
    expect(await browser.currentUrl()).toBe('https://a.example/');
  });
});

describe('a browser that fails', () => {
  it.each([
    [
      'says no',
      new FakeBrowser(() => ({ error: { message: 'nothing here' } })),
      'The browser failed: nothing here.',
    ],
    ['answers nonsense', withPages([{ targetId: 7 }]), 'The browser told of no pages.'],
    ['ends', new FakeBrowser(() => undefined), 'The browser failed: its connection was closed.'],
  ])('that %s is told', async (name, fake, message) => {
    const reading = read(fake);
    if (name === 'ends') fake.destroy();
    await expect(reading).rejects.toMatchObject({ code: 'browser-failed', message });
  });

  it('that does not speak the protocol is let go', async () => {
    const fake = new FakeBrowser(() => undefined);
    const reading = read(fake);
    fake.push('no JSON\0');
    await expect(reading).rejects.toMatchObject({
      message: 'The browser failed: it does not speak the DevTools protocol.',
    });
    expect(fake.destroyed).toBe(true);
  });

  it('that sends without end is let go', async () => {
    const fake = new FakeBrowser(() => undefined);
    const reading = read(fake);
    for (let sent = 0; sent < 9; sent += 1) fake.push(Buffer.alloc(1024 * 1024, 'x'));
    await expect(reading).rejects.toMatchObject({
      message: 'The browser failed: it sent more than 8388608 bytes at once.',
    });
  });

  it('answers in parts are put together', async () => {
    const fake = new FakeBrowser(() => undefined);
    const reading = read(fake);
    const text = JSON.stringify({ id: 1, result: { targetInfos: [page('a', 'https://ä.example/')] } });
    for (const byte of Buffer.from(`{"method":"Target.targetCreated"}\0${text}\0`))
      fake.push(Buffer.from([byte]));
    expect(await reading).toBe('https://ä.example/');
  });
});
