import { toMessage } from '../../errors.ts';
import { decodePng } from './decode.ts';
import { Engine } from './engine.ts';
import { LineRecogniser } from './line-recogniser.ts';
import type { ReadLine } from './read-line.ts';

/** What the reading process is asked and what it answers; structured clones over its IPC channel. */
export interface ReadRequest {
  readonly id: number;
  readonly png: Uint8Array;
}

export type ReadAnswer =
  | { readonly id: number; readonly lines: readonly ReadLine[] }
  | { readonly id: number; readonly problem: string };

// Ctrl-C at a terminal reaches this process too; it ends when its parent lets go of it.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));

const recogniser = Engine.create().then((engine) => new LineRecogniser(engine));

async function answer({ id, png }: ReadRequest): Promise<ReadAnswer> {
  try {
    return { id, lines: (await recogniser).read(await decodePng(png)) };
  } catch (thrown) {
    return { id, problem: toMessage(thrown) };
  }
}

process.on('message', (request: ReadRequest) => {
  void answer(request).then((said) => process.send?.(said));
});
