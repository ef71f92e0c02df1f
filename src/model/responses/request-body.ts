import { randomBytes } from 'node:crypto';
import type { DataUrl } from '../data-url.ts';
import { isComputerCallOutput, isUserMessage } from '../wire.ts';
import type { InputItem } from '../wire.ts';
import type { ResponsesRequest } from './request.ts';

/** JSON in UTF-8, in parts that are sent one after the other. */
export interface RequestBody {
  readonly parts: readonly Uint8Array[];
  /** Bytes of all parts. */
  readonly length: number;
}

/**
 * The pictures are most of a request: they stand between the other parts as the bytes that they are kept as, neither
 * encoded nor copied again, and only what is around them goes through JSON.stringify.
 */
export function toRequestBody(request: ResponsesRequest): RequestBody {
  // Nothing that a model or a screen says can be this.
  const mark = `picture-${randomBytes(16).toString('hex')}`;
  const pictures: DataUrl[] = [];
  const take = (picture: DataUrl): string => {
    pictures.push(picture);
    return mark;
  };
  const input = request.input.map((item) => withoutPictures(item, take));
  const texts = JSON.stringify({ ...request, input }).split(mark);
  const parts = texts.flatMap((text, index) => {
    const picture = pictures[index];
    return picture === undefined ? [Buffer.from(text)] : [Buffer.from(text), picture.bytes];
  });
  return { parts, length: parts.reduce((sum, { byteLength }) => sum + byteLength, 0) };
}

/** The item with what `take` returns in the place of each picture. */
function withoutPictures(item: InputItem, take: (picture: DataUrl) => string): object {
  if (isComputerCallOutput(item)) {
    return { ...item, output: { ...item.output, image_url: take(item.output.image_url) } };
  }
  if (!isUserMessage(item)) return item;
  const content = item.content.map((part) =>
    part.type === 'input_image' ? { ...part, image_url: take(part.image_url) } : part,
  );
  return { ...item, content };
}
