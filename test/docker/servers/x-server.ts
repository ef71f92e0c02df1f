import type { Size } from '../../../src/util/geometry.ts';
import type { WatchedServer } from '../../contract/display/watched-server.ts';
import { parseLog, toLines } from '../input/witness.ts';
import type { Received } from '../input/witness.ts';
import type { ServerHall } from './server-hall.ts';

export interface XServerOptions {
  readonly kind: 'TigerVNC' | 'x11vnc';
  /** Bits of a pixel. */
  readonly depth: 8 | 16 | 24;
  readonly password?: string;
}

const SIZE: Size = { width: 640, height: 480 };
/** Of the next X server. */
let nextNumber = 20;

interface Place {
  readonly number: number;
  readonly socket: string;
}

/** An X server without a window manager that is seen by VNC: xev listens at its root window, xsetroot draws on it. */
export class XServer implements WatchedServer {
  readonly #hall: ServerHall;
  readonly #place: Place;
  readonly #pid: string;
  #size = SIZE;
  #mark = 0;

  private constructor(hall: ServerHall, place: Place, pid: string) {
    this.#hall = hall;
    this.#place = place;
    this.#pid = pid;
  }

  static async open(hall: ServerHall, options: XServerOptions): Promise<XServer> {
    const number = nextNumber++;
    const place = { number, socket: `${options.kind.toLowerCase()}-${number}` };
    const start = options.kind === 'TigerVNC' ? startTigerVnc : startX11Vnc;
    const server = new XServer(hall, place, await start(hall, place, options));
    await server.#listen();
    return server;
  }

  get size(): Size {
    return this.#size;
  }

  connect: WatchedServer['connect'] = async () => await this.#hall.connect(this.#place.socket);

  draw: WatchedServer['draw'] = async (seed) => {
    const colours = `-fg '#${(seed * 0x20_40_60).toString(16).padStart(6, '0')}' -bg '#fff0${seed}0'`;
    await this.shell(`xsetroot -mod ${7 + seed} ${5 + seed} ${colours}`);
  };

  pixels: WatchedServer['pixels'] = async () => {
    const { width, height } = this.#size;
    return await this.shell(`xwd -root -silent | convert xwd:- -crop ${width}x${height}+0+0 -depth 8 rgb:-`);
  };

  inputs: WatchedServer['inputs'] = async () =>
    toLines((await this.#received()).slice(this.#mark).map((event) => ({ ...event, state: [] })));

  forget: WatchedServer['forget'] = async () => {
    this.#mark = (await this.#received()).length;
  };

  kill: WatchedServer['kill'] = async () => {
    // x11vnc may hang as it cleans up after a polite signal.
    await this.#hall.shell(`kill -KILL ${this.#pid}`);
  };

  /** stdout of a shell script on this display. */
  async shell(script: string): Promise<Buffer> {
    return await this.#hall.shell(`export DISPLAY=:${this.#place.number}; ${script}`);
  }

  /** Of a TigerVNC server, as a program on it would. */
  async resizeScreen(size: Size): Promise<void> {
    await this.shell(`xrandr -s ${size.width}x${size.height}`);
    this.#size = size;
  }

  /** Of an x11vnc: a part of the screen is shown from now on. */
  async clip(size: Size): Promise<void> {
    await this.shell(`x11vnc -R clip:${size.width}x${size.height}+0+0 -display :${this.#place.number}`);
    this.#size = size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#hall.shell(`kill ${this.#pid} 2>/dev/null || true`);
  }

  /** From now on xev tells what comes. */
  async #listen(): Promise<void> {
    const name = `xev-${this.#place.number}`;
    await this.#hall.run(`env DISPLAY=:${this.#place.number} xev -root -event keyboard -event mouse`, name);
    await this.shell(
      `until xdotool mousemove 1 1 mousemove 2 2 && grep -q MotionNotify /tmp/${name}.log; do sleep 0.05; done`,
    );
  }

  async #received(): Promise<readonly Received[]> {
    const log = await this.#hall.shell(`cat /tmp/xev-${this.#place.number}.log`);
    return parseLog(log.toString()).filter(({ type }) => type !== 'MotionNotify');
  }
}

async function startTigerVnc(hall: ServerHall, place: Place, options: XServerOptions): Promise<string> {
  const screen = `-geometry ${SIZE.width}x${SIZE.height} -depth ${options.depth}`;
  const network = '-rfbport -1 -rfbunixpath SOCKET -nolisten tcp';
  const security = await toSecurity(
    hall,
    options,
    '-SecurityTypes None',
    '-SecurityTypes VncAuth -PasswordFile',
  );
  return await hall.start(place.socket, `Xvnc :${place.number} ${screen} ${network} ${security}`);
}

async function startX11Vnc(hall: ServerHall, place: Place, options: XServerOptions): Promise<string> {
  const screen = `-screen 0 ${SIZE.width}x${SIZE.height}x${options.depth}`;
  const display = `:${place.number}`;
  await hall.run(`Xvfb ${display} ${screen} -nolisten tcp`, `xvfb-${place.number}`);
  await hall.shell(`until DISPLAY=${display} xset q >/dev/null 2>&1; do sleep 0.05; done`);
  const security = await toSecurity(hall, options, '-nopw', '-rfbauth');
  const network = '-rfbport 0 -unixsock SOCKET -forever -shared';
  return await hall.start(place.socket, `x11vnc -display ${display} ${network} ${security}`);
}

/** The server's flags: `open` where it lets everybody in, else `closed` and a file with the password. */
async function toSecurity(
  hall: ServerHall,
  { password }: XServerOptions,
  open: string,
  closed: string,
): Promise<string> {
  if (password === undefined) return open;
  const file = `/tmp/password-${password}`;
  await hall.shell(`x11vnc -storepasswd '${password}' ${file}`);
  return `${closed} ${file}`;
}
