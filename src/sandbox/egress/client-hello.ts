/** What the first bytes of a connection say of whom the client wants to talk to. */
export type Greeting =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'not-tls' }
  /** A TLS ClientHello; `serverName` is undefined when it names nobody. */
  | { readonly kind: 'tls'; readonly serverName: string | undefined };

const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME_EXTENSION = 0;
const HOST_NAME = 0;
const RECORD_HEADER = 5;
const HANDSHAKE_HEADER = 4;
/** More than any client sends; a greeting that is longer is none. */
export const LONGEST_GREETING = 16_384 + RECORD_HEADER;

const INCOMPLETE: Greeting = { kind: 'incomplete' };
const NOT_TLS: Greeting = { kind: 'not-tls' };

/** RFC 8446, 4.1.2 and RFC 6066, 3. The hello may be spread over several records. */
export function readGreeting(bytes: Buffer): Greeting {
  const fragments: Buffer[] = [];
  for (let at = 0; ;) {
    const hello = Buffer.concat(fragments);
    if (hello.length >= HANDSHAKE_HEADER) {
      if (hello[0] !== CLIENT_HELLO) return NOT_TLS;
      const length = hello.readUIntBE(1, 3);
      if (hello.length >= HANDSHAKE_HEADER + length) {
        return readHello(hello.subarray(HANDSHAKE_HEADER, HANDSHAKE_HEADER + length));
      }
    }
    const header = bytes.subarray(at, at + RECORD_HEADER);
    if ((header.length > 0 && header[0] !== HANDSHAKE_RECORD) || (header.length > 1 && header[1] !== 3)) {
      return NOT_TLS;
    }
    if (header.length < RECORD_HEADER) return atLimit(bytes);
    const end = at + RECORD_HEADER + header.readUInt16BE(3);
    if (end > bytes.length) return atLimit(bytes);
    if (end === at + RECORD_HEADER) return NOT_TLS;
    fragments.push(bytes.subarray(at + RECORD_HEADER, end));
    at = end;
  }
}

function atLimit(bytes: Buffer): Greeting {
  return bytes.length < LONGEST_GREETING ? INCOMPLETE : NOT_TLS;
}

function readHello(hello: Buffer): Greeting {
  try {
    return { kind: 'tls', serverName: findServerName(hello) };
  } catch (error) {
    if (error instanceof RangeError) return NOT_TLS;
    throw error;
  }
}

/** @throws RangeError when a length points beyond the hello */
function findServerName(hello: Buffer): string | undefined {
  const VERSION_AND_RANDOM = 34;
  let at = VERSION_AND_RANDOM;
  at += 1 + hello.readUInt8(at);
  at += 2 + hello.readUInt16BE(at);
  at += 1 + hello.readUInt8(at);
  if (at === hello.length) return undefined;
  const end = at + 2 + hello.readUInt16BE(at);
  const names: string[] = [];
  for (at += 2; at < end;) {
    const type = hello.readUInt16BE(at);
    const length = hello.readUInt16BE(at + 2);
    if (at + 4 + length > hello.length) throw new RangeError('An extension is longer than the hello.');
    if (type === SERVER_NAME_EXTENSION) names.push(...readNames(hello.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  // Two names would leave it to the server whom it takes.
  if (names.length > 1) throw new RangeError('More than one server name.');
  return names[0]?.toLowerCase().replace(/\.$/, '');
}

function readNames(list: Buffer): readonly string[] {
  const names: string[] = [];
  for (let at = 2; at < list.length;) {
    const length = list.readUInt16BE(at + 1);
    if (at + 3 + length > list.length) throw new RangeError('A server name is longer than its list.');
    if (list.readUInt8(at) === HOST_NAME) names.push(list.toString('latin1', at + 3, at + 3 + length));
    at += 3 + length;
  }
  return names;
}
