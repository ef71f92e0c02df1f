/** What rfb2 0.2.2 has and its own typings lack: only the parts that are used here. */
declare module 'rfb2' {
  import type { EventEmitter } from 'node:events';

  interface PackStream {
    /** C: U8, S: U16, L and l: U32 and S32, x: a zero byte, a: a buffer or Latin-1 string; all big-endian. */
    pack(format: string, values: readonly (number | boolean | string | Buffer)[]): PackStream;
    flush(): void;
  }

  interface RfbClient extends EventEmitter {
    readonly pack_stream: PackStream;
    width: number;
    height: number;
    bpp: number;
    depth: number;
    isBigEndian: number;
    isTrueColor: number;
    redMax: number;
    greenMax: number;
    blueMax: number;
    redShift: number;
    greenShift: number;
    blueShift: number;
    clientInit(): void;
    setPixelFormat(): void;
    requestUpdate(incremental: boolean, x: number, y: number, width: number, height: number): void;
    pointerEvent(x: number, y: number, buttons: number): void;
    keyEvent(keysym: number, isDown: boolean): void;
    updateClipboard(text: string): void;
  }

  export function createConnection(options: {
    stream: EventEmitter & { write(bytes: Buffer): void };
    encodings: readonly number[];
  }): RfbClient;
}

declare module 'rfb2/constants.js' {
  const constants: {
    readonly clientMsgTypes: {
      readonly setPixelFormat: number;
      readonly setEncodings: number;
      readonly fbUpdate: number;
      readonly keyEvent: number;
      readonly pointerEvent: number;
      readonly cutText: number;
    };
    readonly serverMsgTypes: {
      readonly fbUpdate: number;
      readonly setColorMap: number;
      readonly bell: number;
      readonly cutText: number;
    };
    readonly versionstring: { readonly V3_003: string; readonly V3_007: string; readonly V3_008: string };
    readonly encodings: {
      readonly raw: number;
      readonly copyRect: number;
      readonly pseudoCursor: number;
      readonly pseudoDesktopSize: number;
    };
    readonly security: { readonly None: number; readonly VNC: number };
  };
  export default constants;
}

declare module 'rfb2/d3des.js' {
  const d3des: { response(challenge: Buffer, password: string): Buffer };
  export default d3des;
}
