import { afterAll, beforeAll } from 'vitest';
import { describeVncServer } from '../../contract/display/describe-vnc-server.ts';
import type { ServerTraits, WatchedServer } from '../../contract/display/watched-server.ts';
import { QemuServer } from './qemu-server.ts';
import { ServerHall } from './server-hall.ts';
import { XServer } from './x-server.ts';
import type { XServerOptions } from './x-server.ts';

let hall: ServerHall;

beforeAll(async () => {
  hall = await ServerHall.open();
});
afterAll(async () => await hall[Symbol.asyncDispose]());

/** Of 5 bits: a step of the server's rounding. */
const OF_16_BITS = { tolerance: 8 };

function asX(server: WatchedServer): XServer {
  if (server instanceof XServer) return server;
  throw new TypeError('No X server.');
}

const readFrom =
  (command: string): NonNullable<ServerTraits['readClipboard']> =>
  async (server) =>
    (await asX(server).shell(`${command} || true`)).toString();

const ofTigerVnc: ServerTraits = {
  readClipboard: readFrom('xclip -selection clipboard -o 2>/dev/null'),
  resize: async (server) => await asX(server).resizeScreen({ width: 800, height: 600 }),
};
/** Where x11vnc puts the text for certain, in Latin-1. */
const CUT_BUFFER = `xprop -root -notype CUT_BUFFER0 | cut -d '"' -f 2`;
const ofX11Vnc: ServerTraits = {
  readClipboard: readFrom(`printf "$(${CUT_BUFFER})" | iconv -f latin1`),
  resize: async (server) => await asX(server).clip({ width: 320, height: 240 }),
};
const ofQemu: ServerTraits = {
  resize: async (server) => {
    if (server instanceof QemuServer) await server.changeMode();
  },
};

const X_SERVERS: readonly (readonly [string, ServerTraits, XServerOptions])[] = [
  ['TigerVNC', ofTigerVnc, { kind: 'TigerVNC', depth: 24 }],
  ['TigerVNC with a password', { ...ofTigerVnc, password: 'tiger' }, { kind: 'TigerVNC', depth: 24 }],
  ['TigerVNC of 16 bits', { ...ofTigerVnc, ...OF_16_BITS }, { kind: 'TigerVNC', depth: 16 }],
  ['x11vnc', ofX11Vnc, { kind: 'x11vnc', depth: 24 }],
  ['x11vnc with a password', { ...ofX11Vnc, password: 'eleven' }, { kind: 'x11vnc', depth: 24 }],
  ['x11vnc of 16 bits', { ...ofX11Vnc, ...OF_16_BITS }, { kind: 'x11vnc', depth: 16 }],
  ['x11vnc of 8 bits', ofX11Vnc, { kind: 'x11vnc', depth: 8 }],
];

for (const [name, traits, options] of X_SERVERS) {
  const { password } = traits;
  describeVncServer(
    name,
    traits,
    async () => await XServer.open(hall, password === undefined ? options : { ...options, password }),
  );
}

describeVncServer('QEMU', ofQemu, async () => await QemuServer.open(hall));
describeVncServer(
  'QEMU with a password',
  { ...ofQemu, password: 'machine' },
  async () => await QemuServer.open(hall, { password: 'machine' }),
);
