import constants from 'rfb2/constants.js';
import { DisplayError } from '../../errors.ts';
import type { Size } from '../../util/geometry.ts';
import { checkScreenSize } from '../framebuffer.ts';
import type { ByteSource, Reading } from './byte-source.ts';
import type { Rfb2Writer } from './rfb2-writer.ts';

const MAX_REASON_BYTES = 4096;
const MAX_NAME_BYTES = 65_536;
const { None: NO_AUTHENTICATION, VNC: VNC_AUTHENTICATION } = constants.security;

type Version = '3.3' | '3.7' | '3.8';

const GREETINGS: Readonly<Record<Version, string>> = {
  '3.3': constants.versionstring.V3_003,
  '3.7': constants.versionstring.V3_007,
  '3.8': constants.versionstring.V3_008,
};

export interface ServerInit {
  readonly size: Size;
  readonly name: string;
}

interface Parties {
  readonly source: ByteSource;
  readonly writer: Rfb2Writer;
  readonly password: string | undefined;
}

/** RFC 6143 7.1 to 7.3, for servers of 3.3, 3.7, 3.8 and what calls itself newer. */
export function* shakeHands(parties: Parties): Reading<ServerInit> {
  yield* greetServer(parties);
  parties.writer.clientInit();
  return yield* readServerInit(parties.source);
}

/** RFC 6143 7.1 and 7.2: up to where the client would send ClientInit. */
export function* greetServer(parties: Parties): Reading<void> {
  const version = yield* agreeOnVersion(parties);
  if (version === '3.3') yield* obeySecurity(parties);
  else yield* chooseSecurity(parties, version);
}

function* agreeOnVersion({ source, writer }: Parties): Reading<Version> {
  const greeting = (yield* source.take(12)).toString('latin1');
  const numbers = /^RFB (\d{3})\.(\d{3})\n$/.exec(greeting);
  if (numbers === null) throw protocolError('What answered is not a VNC server.', { greeting });
  const version = toVersion(Number(numbers[1]), Number(numbers[2]));
  writer.version(GREETINGS[version]);
  return version;
}

/** RFC 6143 7.1.1: versions between the known ones count as the lower; the appendix has 3.3 and 3.7. */
function toVersion(major: number, minor: number): Version {
  if (major > 3 || minor >= 8) return '3.8';
  return minor === 7 ? '3.7' : '3.3';
}

/** RFC 6143 A.1: a 3.3 server decides. */
function* obeySecurity(parties: Parties): Reading<void> {
  const type = (yield* parties.source.take(4)).readUInt32BE();
  if (type === 0) throw refusal(yield* readReason(parties.source));
  if (type === NO_AUTHENTICATION) return;
  requireKnown([type], parties.password);
  yield* proveIdentity(parties);
  yield* readResult(parties.source, { hasReason: false });
}

function* chooseSecurity(parties: Parties, version: '3.7' | '3.8'): Reading<void> {
  const { source, writer, password } = parties;
  const count = (yield* source.take(1)).readUInt8();
  if (count === 0) throw refusal(yield* readReason(source));
  const type = requireKnown([...(yield* source.take(count))], password);
  writer.securityType(type);
  if (type === VNC_AUTHENTICATION) yield* proveIdentity(parties);
  // RFC 6143 A.2: 3.7 sends no result where nothing was to be proved, and never a reason.
  else if (version === '3.7') return;
  yield* readResult(source, { hasReason: version === '3.8' });
}

function requireKnown(offered: readonly number[], password: string | undefined): number {
  if (offered.includes(NO_AUTHENTICATION)) return NO_AUTHENTICATION;
  if (!offered.includes(VNC_AUTHENTICATION)) {
    throw refusal(`it offers only the security types ${offered.join(', ')}`);
  }
  if (password === undefined) throw refusal('it wants a password and none was given');
  return VNC_AUTHENTICATION;
}

function* proveIdentity({ source, writer, password = '' }: Parties): Reading<void> {
  writer.challengeResponse(yield* source.take(16), password);
}

function* readResult(source: ByteSource, { hasReason }: { readonly hasReason: boolean }): Reading<void> {
  const result = (yield* source.take(4)).readUInt32BE();
  if (result === 0) return;
  throw refusal(hasReason ? yield* readReason(source) : 'no reason was given');
}

function* readReason(source: ByteSource): Reading<string> {
  const length = (yield* source.take(4)).readUInt32BE();
  if (length > MAX_REASON_BYTES) throw protocolError('A reason is too long.', { length });
  return (yield* source.take(length)).toString();
}

function* readServerInit(source: ByteSource): Reading<ServerInit> {
  const head = yield* source.take(24);
  const size = { width: head.readUInt16BE(0), height: head.readUInt16BE(2) };
  checkScreenSize(size);
  const length = head.readUInt32BE(20);
  if (length > MAX_NAME_BYTES) throw protocolError('The desktop has too long a name.', { length });
  return { size, name: (yield* source.take(length)).toString() };
}

function refusal(reason: string): DisplayError {
  return new DisplayError('display-authentication', `The VNC server refused us: ${reason}.`, {
    details: { reason },
  });
}

function protocolError(message: string, details: Readonly<Record<string, unknown>>): DisplayError {
  return new DisplayError('display-protocol', message, { details });
}
