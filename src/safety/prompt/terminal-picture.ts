import { pathToFileURL } from 'node:url';

type Environment = Readonly<Record<string, string | undefined>>;

/** How a terminal can show a picture, as its environment tells: kitty's protocol, iTerm2's, or not at all. */
export type PictureProtocol = 'kitty' | 'iterm2' | 'none';

export function pictureProtocol(env: Environment): PictureProtocol {
  const { TERM = '', TERM_PROGRAM = '', KITTY_WINDOW_ID, TMUX, STY } = env;
  // A multiplexer between us and the terminal takes the picture for text.
  if (TMUX !== undefined || STY !== undefined || /^(screen|tmux|dumb)/.test(TERM)) return 'none';
  if (KITTY_WINDOW_ID !== undefined || /kitty|ghostty/.test(`${TERM} ${TERM_PROGRAM}`)) return 'kitty';
  return /^(iTerm\.app|WezTerm|mintty)$/.test(TERM_PROGRAM) ? 'iterm2' : 'none';
}

const ESC = '\u001b';
const CHUNK = 4096;

/** The bytes that make a terminal draw a PNG over its whole width; nothing where it cannot. */
export function toPictureSequence(png: Uint8Array, protocol: PictureProtocol): string {
  if (protocol === 'none') return '';
  const data = Buffer.from(png.buffer, png.byteOffset, png.byteLength).toString('base64');
  if (protocol === 'iterm2') {
    const size = `size=${png.byteLength};width=100%;preserveAspectRatio=1`;
    return `${ESC}]1337;File=inline=1;${size}:${data}\u0007\n`;
  }
  const chunks = data.match(new RegExp(`.{1,${CHUNK}}`, 'g')) ?? [];
  const parts = chunks.map((chunk, index) => {
    const more = index < chunks.length - 1 ? 1 : 0;
    const head = index === 0 ? `a=T,f=100,q=2,m=${more}` : `m=${more}`;
    return `${ESC}_G${head};${chunk}${ESC}\\`;
  });
  return `${parts.join('')}\n`;
}

/** A path as a link that the terminal opens (OSC 8), where the output is a terminal that may take it. */
export function toFileLink(
  path: string,
  { isTerminal, env }: { isTerminal: boolean; env: Environment },
): string {
  if (!isTerminal || env['TERM'] === 'dumb' || env['TERM'] === 'linux') return path;
  return `${ESC}]8;;${pathToFileURL(path).href}${ESC}\\${path}${ESC}]8;;${ESC}\\`;
}
