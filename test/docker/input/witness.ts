import type { Point, Size } from '../../../src/util/geometry.ts';
import type { Desk } from './desk.ts';

const LOG = '/tmp/witness.log';
const TITLE = 'Event Tester';
/** X11 protocol, KEYBUTMASK: what the state field of an event says is down. */
const MODIFIERS: Readonly<Record<string, number>> = {
  Shift: 1,
  Lock: 2,
  Control: 4,
  Mod1: 8,
  Mod2: 16,
  Mod4: 64,
  Mod5: 128,
  Button1: 256,
  Button2: 512,
  Button3: 1024,
};

interface Common extends Point {
  /** The server's time, ms. */
  readonly timeMs: number;
  /** What was down before the event. */
  readonly state: readonly string[];
}

export type Received =
  | ({ readonly type: 'ButtonPress' | 'ButtonRelease'; readonly button: number } & Common)
  | ({ readonly type: 'MotionNotify' } & Common)
  | ({ readonly type: 'KeyPress' | 'KeyRelease'; readonly keysym: number; readonly name: string } & Common);

/** What xev, a window over the whole screen, was told by the X server. */
export class Witness {
  readonly #desk: Desk;
  readonly #window: string;
  #mark = 0;

  private constructor(desk: Desk, window: string) {
    this.#desk = desk;
    this.#window = window;
  }

  /** @param screen size of the real screen, px */
  static async open(desk: Desk, screen: Size = desk.display.size): Promise<Witness> {
    const events = ['keyboard', 'mouse', 'property'].map((name) => `-event ${name}`).join(' ');
    await desk.shell(`setsid xev ${events} </dev/null >${LOG} 2>&1 &`);
    const window = await desk.shell(`until xdotool search --name '^${TITLE}$'; do sleep 0.05; done`);
    const witness = new Witness(desk, window.trim());
    await witness.cover(screen);
    return witness;
  }

  /** Covers a screen of this size, px, and has the keyboard. Forgets what came before. */
  async cover({ width, height }: Size): Promise<void> {
    await this.#desk.shell(
      `wmctrl -r '${TITLE}' -b add,fullscreen
       until xwininfo -id ${this.#window} | grep -q 'geometry ${width}x${height}+0+0'; do sleep 0.05; done
       xdotool windowfocus --sync ${this.#window}`,
    );
    await this.#desk.display.settle();
    await this.take();
  }

  /** All that came since the last call. A change of a property, sent after the input, marks the end. */
  async take(): Promise<readonly Received[]> {
    const [from, to] = [this.#mark, this.#mark + 1];
    this.#mark = to;
    const log = await this.#desk.shell(
      `xprop -id ${this.#window} -f MARK_${to} 8s -set MARK_${to} x
       until grep -q '(MARK_${to})' ${LOG}; do sleep 0.02; done
       cat ${LOG}`,
    );
    const start = from === 0 ? 0 : log.indexOf(`(MARK_${from})`);
    return parseLog(log.slice(start, log.indexOf(`(MARK_${to})`)));
  }

  /** What is down now, as the server tells a program that asks. */
  async held(): Promise<string> {
    return await this.#desk.shell(
      `for id in $(xinput list --id-only); do xinput query-state $id; done | grep -oE '(key|button).*=down' || true`,
    );
  }
}

const FIELDS =
  /time (?<time>\d+),.*?root:\((?<x>-?\d+),(?<y>-?\d+)\),\s*state (?<state>0x[0-9a-f]+)(?:, (?<kind>button|keycode) (?<detail>\d+)(?: \(keysym (?<keysym>0x[0-9a-f]+), (?<name>\w+)\))?)?/su;

/** The events in what xev printed. */
export function parseLog(log: string): readonly Received[] {
  return log.split('\n\n').flatMap((block) => {
    const type = /(?<type>ButtonPress|ButtonRelease|MotionNotify|KeyPress|KeyRelease) event/u.exec(block);
    const fields = FIELDS.exec(block)?.groups;
    return type === null || fields === undefined ? [] : [toReceived(type[0].split(' ')[0] ?? '', fields)];
  });
}

function toReceived(type: string, fields: Readonly<Record<string, string | undefined>>): Received {
  const bits = Number(fields['state']);
  const common = {
    x: Number(fields['x']),
    y: Number(fields['y']),
    timeMs: Number(fields['time']),
    state: Object.entries(MODIFIERS).flatMap(([name, bit]) => ((bits & bit) === 0 ? [] : [name])),
  };
  switch (type) {
    case 'ButtonPress':
    case 'ButtonRelease':
      return { type, button: Number(fields['detail']), ...common };
    case 'KeyPress':
    case 'KeyRelease':
      return { type, keysym: Number(fields['keysym']), name: fields['name'] ?? '', ...common };
    default:
      return { type: 'MotionNotify', ...common };
  }
}

/** One line each: `press 1 at 5,6 Control`, `motion at 5,6`, `down Control_L`, `up Control_L Control`. */
export function toLines(received: readonly Received[]): readonly string[] {
  return received.map((event) => [...toWords(event), ...event.state].join(' '));
}

function toWords(event: Received): readonly string[] {
  const at = `at ${event.x},${event.y}`;
  switch (event.type) {
    case 'ButtonPress':
      return ['press', String(event.button), at];
    case 'ButtonRelease':
      return ['release', String(event.button), at];
    case 'MotionNotify':
      return ['motion', at];
    case 'KeyPress':
      return ['down', event.name];
    case 'KeyRelease':
      return ['up', event.name];
  }
}

/** Lines without the movements. */
export function withoutMotion(received: readonly Received[]): readonly string[] {
  return toLines(received.filter(({ type }) => type !== 'MotionNotify'));
}
