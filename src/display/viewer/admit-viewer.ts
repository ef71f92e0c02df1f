import { timingSafeEqual } from 'node:crypto';
import constants from 'rfb2/constants.js';
import d3des from 'rfb2/d3des.js';
import type { ByteSource, Reading } from '../rfb/byte-source.ts';

const { versionstring, security } = constants;
const WRONG = 'Wrong password';

export interface ViewerParties {
  readonly source: ByteSource;
  readonly send: (bytes: Buffer) => void;
  readonly password: string;
  /** 16 random bytes. */
  readonly challenge: Buffer;
}

/** Whether a viewer proved that it has the password; `accept` tells it that it may go on. */
export interface Admission {
  readonly isRight: boolean;
  readonly accept: () => void;
}

/** The server's part of RFC 6143 7.1 and 7.2: VNC authentication, and nothing else is offered. */
export function* admitViewer({ source, send, password, challenge }: ViewerParties): Reading<Admission> {
  send(Buffer.from(versionstring.V3_008, 'latin1'));
  const version = (yield* source.take(12)).toString('latin1');
  if (version === versionstring.V3_003) send(u32(security.VNC));
  else {
    send(Buffer.from([1, security.VNC]));
    const chosen = (yield* source.take(1)).readUInt8();
    if (chosen !== security.VNC) return refuse(send, version, 'Only VNC authentication is offered');
  }
  send(challenge);
  const response = yield* source.take(16);
  if (!timingSafeEqual(response, d3des.response(challenge, password))) return refuse(send, version, WRONG);
  return { isRight: true, accept: () => send(u32(0)) };
}

/** Only 3.8 takes a reason: RFC 6143 7.1.3 and A.2. */
function refuse(send: (bytes: Buffer) => void, version: string, reason: string): Admission {
  send(u32(1));
  if (version === versionstring.V3_008) send(Buffer.concat([u32(reason.length), Buffer.from(reason)]));
  return { isRight: false, accept: () => undefined };
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
