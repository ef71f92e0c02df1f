import type { Size } from '../../../src/util/geometry.ts';
import { eventually } from '../../contract/display/watched-server.ts';
import type { WatchedServer } from '../../contract/display/watched-server.ts';
import type { ServerHall } from './server-hall.ts';

/**
 * A boot sector in place of an operating system. It takes text mode, hides the cursor, shows a white R on blue as the
 * sign that it runs, and prints every key; after an `r` it goes on in a mode of 640x480.
 */
const BOOT_SECTOR = Buffer.from(
  [
    'b80300 cd10', // mov ax, 3; int 10h: text mode, cleared
    'b401 b90726 cd10', // cursor off
    'b85209 bb1f00 b90100 cd10', // R in 1fh
    '30e4 cd16', // next: wait for a key
    '3c72 7406', // cmp al, 'r'; je other
    'b40e cd10 ebf2', // print it; jmp next
    'b81200 cd10 ebeb', // other: mov ax, 12h; int 10h; jmp next
  ]
    .join('')
    .replaceAll(' ', ''),
  'hex',
);
const SECTOR_BYTES = 512;
const FLOPPY_BYTES = 1_474_560;
/** The blue behind the R, 170 of 255, and the length of a PPM's head is not fixed: read from the end. */
const BLUE = '0000aa';
/** QEMU's absolute axes: this is the screen's width or height. */
const AXIS_MAX = 0x7fff;
const BUTTONS: Readonly<Record<string, number>> = { left: 1, middle: 2, right: 3 };
/** QEMU's names of keys to X's, where they differ. */
const KEYS: Readonly<Record<string, string>> = { ret: 'Return', shift: 'Shift_L' };

export interface QemuOptions {
  readonly password?: string;
}

interface Picture extends Size {
  readonly pixels: Buffer;
}

let nextNumber = 1;

/** QEMU's VNC server over an emulated PC. What it was told is in the trace of its input layer. */
export class QemuServer implements WatchedServer {
  readonly #hall: ServerHall;
  readonly #name: string;
  #pid = '';
  #size: Size = { width: 720, height: 400 };
  #mark = 0;

  private constructor(hall: ServerHall, name: string) {
    this.#hall = hall;
    this.#name = name;
  }

  static async open(hall: ServerHall, { password }: QemuOptions = {}): Promise<QemuServer> {
    const server = new QemuServer(hall, `qemu-${nextNumber++}`);
    await server.#boot(password !== undefined);
    if (password !== undefined) await server.#monitor(`set_password vnc ${password}`);
    return server;
  }

  get size(): Size {
    return this.#size;
  }

  connect: WatchedServer['connect'] = async () => await this.#hall.connect(this.#name);

  draw: WatchedServer['draw'] = async (seed) => {
    const before = await this.pixels();
    await this.#monitor(`sendkey ${'abcdefgh'.charAt(seed)}`);
    await eventually(
      async () => await this.pixels(),
      (now) => !now.equals(before),
    );
  };

  pixels: WatchedServer['pixels'] = async () => (await this.#picture()).pixels;

  inputs: WatchedServer['inputs'] = async () => toLines((await this.#trace()).slice(this.#mark), this.#size);

  forget: WatchedServer['forget'] = async () => {
    this.#mark = (await this.#trace()).length;
  };

  kill: WatchedServer['kill'] = async () => {
    await this.#hall.shell(`kill ${this.#pid}`);
  };

  /** The guest takes another video mode. */
  async changeMode(): Promise<void> {
    await this.#monitor('sendkey r');
    const { width, height } = await eventually(
      async () => await this.#picture(),
      (picture) => picture.width !== this.#size.width,
    );
    this.#size = { width, height };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#hall.shell(`kill ${this.#pid} 2>/dev/null || true`);
  }

  async #boot(hasPassword: boolean): Promise<void> {
    const image = `/tmp/${this.#name}.img`;
    const floppy = Buffer.alloc(FLOPPY_BYTES);
    BOOT_SECTOR.copy(floppy);
    floppy.writeUInt16LE(0xaa55, SECTOR_BYTES - 2);
    await this.#hall.write(image, floppy);
    const machine = '-machine pc,accel=tcg -m 16 -nodefaults -vga std -usb -device usb-tablet';
    const drive = `-drive if=floppy,format=raw,file=${image}`;
    const screen = `-display none -vnc unix:SOCKET${hasPassword ? ',password=on' : ''}`;
    const control = `-monitor unix:${this.#control},server=on,wait=off -trace input_event_* -D ${this.#traceFile}`;
    this.#pid = await this.#hall.start(
      this.#name,
      `qemu-system-x86_64 ${machine} ${drive} ${screen} ${control}`,
    );
    await eventually(
      async () => await this.pixels(),
      (pixels) => pixels.toString('hex', 0, 3) === BLUE,
    );
    await this.#useTablet();
  }

  /** The tablet, with its absolute coordinates, in place of the mouse that a PC begins with. */
  async #useTablet(): Promise<void> {
    const mice = await this.#monitor('info mice');
    const index = /Mouse #(?<index>\d+): QEMU HID Tablet/u.exec(mice)?.groups?.['index'];
    if (index === undefined) throw new Error(`QEMU has no tablet: ${mice}`);
    await this.#monitor(`mouse_set ${index}`);
  }

  /** The monitor may answer before the whole picture is written. */
  async #picture(): Promise<Picture> {
    const file = `/tmp/${this.#name}.ppm`;
    await this.#monitor(`screendump ${file}`);
    return await eventually(
      async () => toPicture(await this.#hall.shell(`cat ${file}`)),
      ({ width, height, pixels }) => width > 0 && pixels.length === 3 * width * height,
    );
  }

  async #trace(): Promise<readonly string[]> {
    const trace = await this.#hall.shell(`cat ${this.#traceFile}`);
    return trace.toString().split('\n').slice(0, -1);
  }

  async #monitor(command: string): Promise<string> {
    const answer = await this.#hall.shell(`echo '${command}' | socat -t2 - UNIX-CONNECT:${this.#control}`);
    return answer.toString();
  }

  get #control(): string {
    return `/tmp/${this.#name}.monitor`;
  }

  get #traceFile(): string {
    return `/tmp/${this.#name}.trace`;
  }
}

/** Of a binary PPM, `P6 WIDTH HEIGHT 255` and then R, G, B of every pixel; of none, an empty picture. */
function toPicture(ppm: Buffer): Picture {
  const head = /^P6\s(?<width>\d+)\s(?<height>\d+)\s255\s/u.exec(ppm.toString('latin1', 0, 40));
  if (head === null) return { width: 0, height: 0, pixels: Buffer.alloc(0) };
  return {
    width: Number(head.groups?.['width']),
    height: Number(head.groups?.['height']),
    pixels: ppm.subarray(head[0].length),
  };
}

/** Traces of QEMU's input layer in the words of the contract. */
function toLines(trace: readonly string[], { width, height }: Size): readonly string[] {
  let [x, y] = [0, 0];
  return trace.flatMap((line) => {
    const { axis, value, button, key, down } =
      /axis (?<axis>\w), value (?<value>\w+)|(?:button (?<button>\w+)|key qcode (?<key>\w+)), down (?<down>\d)/u.exec(
        line,
      )?.groups ?? {};
    if (axis === 'x') x = Math.round((Number(value) * width) / AXIS_MAX);
    if (axis === 'y') y = Math.round((Number(value) * height) / AXIS_MAX);
    if (button !== undefined)
      return [`${down === '1' ? 'press' : 'release'} ${BUTTONS[button]} at ${x},${y}`];
    if (key !== undefined) return [`${down === '1' ? 'down' : 'up'} ${KEYS[key] ?? key}`];
    return [];
  });
}
