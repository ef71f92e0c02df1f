import { z } from 'zod';
import type { Screenshot } from '../../action/screenshot.ts';
import type { Similarity } from '../content/content.ts';
import { sandboxPath } from '../task/command-schema.ts';
import { assetName } from '../task/asset-schema.ts';
import { type CheckContext, commonFields, failed, type Finding, passed, requireAsset } from './check.ts';
import { readOrFail } from './read-or-fail.ts';
import { readSandboxFile } from './sandbox-file.ts';
import { hasText } from './screen-text.ts';
import { showText } from './text-rule.ts';
import { texts } from './text-rule-schema.ts';

const DEFAULT_SIMILARITY = 0.98;

const likeness = {
  like: assetName
    .optional()
    .meta({ description: 'A picture beside the task file that it has to look like.' }),
  similarity: z.number().min(0).max(1).optional().meta({
    description: 'The share of pixels that have to look the same. Default 0.98.',
  }),
  region: z
    .strictObject({
      x: z.int().min(0),
      y: z.int().min(0),
      width: z.int().min(1),
      height: z.int().min(1),
    })
    .optional()
    .meta({ description: 'The part that is compared, in pixels; the reference has its size.' }),
};

export const imageCheck = z
  .strictObject({
    image: sandboxPath.meta({ description: 'A picture file.' }),
    ...likeness,
    like: likeness.like.unwrap(),
    ...commonFields,
  })
  .transform(({ image: path, ...check }) => ({ kind: 'image' as const, path, ...check }));

export const screenCheck = z
  .strictObject({
    screen: z
      .strictObject({ visible: texts.optional(), notVisible: texts.optional(), ...likeness })
      .refine((screen) => [screen.visible, screen.notVisible, screen.like].some((it) => it !== undefined), {
        error: 'expected at least one of visible, notVisible, like',
      }),
    ...commonFields,
  })
  .transform(({ screen: { visible = [], notVisible = [], ...picture }, ...common }) => ({
    kind: 'screen' as const,
    visible,
    notVisible,
    ...picture,
    ...common,
  }));

type ImageCheck = z.output<typeof imageCheck>;
export type ScreenCheck = z.output<typeof screenCheck>;

/** What the checks of the screen are told of it; the screen is taken and read at most once. */
export interface SeenScreen {
  readonly shot: () => Promise<Screenshot>;
  readonly lines: () => Promise<readonly string[]>;
}

export async function findInImage(check: ImageCheck, context: CheckContext): Promise<Finding> {
  const found = await readSandboxFile(check.path, context);
  if ('fault' in found) return failed(found.fault);
  return await compare(check.path, found.bytes, { ...check, like: check.like }, context);
}

export async function findOnScreen(
  check: ScreenCheck,
  screen: SeenScreen,
  context: CheckContext,
): Promise<Finding> {
  const { visible, notVisible, like } = check;
  if (visible.length + notVisible.length > 0) {
    const finding = findTexts(check, await screen.lines());
    if (finding.result === 'failed' || like === undefined) return finding;
  }
  return await compare('the screen', (await screen.shot()).png, { ...check, like: like ?? '' }, context);
}

function findTexts({ visible, notVisible }: ScreenCheck, lines: readonly string[]): Finding {
  const missing = visible.filter((text) => !hasText(lines, text));
  const unwanted = notVisible.filter((text) => hasText(lines, text));
  const seen = `the screen has ${lines.length === 0 ? 'no text' : lines.map(showText).join(', ')}`;
  if (missing.length > 0)
    return failed(`expected ${missing.map(showText).join(', ')} to be visible; ${seen}`);
  if (unwanted.length > 0)
    return failed(`expected ${unwanted.map(showText).join(', ')} not to be visible; ${seen}`);
  const words = [visible, notVisible].map((list) => list.map(showText).join(', '));
  return passed(
    [words[0] && `visible: ${words[0]}`, words[1] && `not visible: ${words[1]}`].filter(Boolean).join('; '),
  );
}

interface Likeness extends Pick<ImageCheck, 'region' | 'similarity'> {
  readonly like: string;
}

async function compare(
  what: string,
  bytes: Uint8Array,
  { like, region, similarity: wanted = DEFAULT_SIMILARITY }: Likeness,
  context: CheckContext,
): Promise<Finding> {
  const reference = requireAsset(context, like).content;
  const request = { name: what, bytes, reference, region };
  const read = await readOrFail(what, () =>
    context.readContent('similarity', request, { signal: context.signal }),
  );
  if ('fault' in read) return read.fault;
  const found = read.content;
  if (!isSameSize(found)) {
    const [size, wantedSize] = [found.size, found.referenceSize].map((it) => `${it.width}x${it.height}`);
    return failed(`expected ${what} to have the size of ${like}, ${wantedSize}; has ${size}`);
  }
  const share = `${(found.share * 100).toFixed(1)} % of ${what} looks like ${like}`;
  if (found.share >= wanted) return passed(share);
  return failed(`expected at least ${(wanted * 100).toFixed(1)} %; ${share}`);
}

function isSameSize({ size, referenceSize }: Similarity): boolean {
  return size.width === referenceSize.width && size.height === referenceSize.height;
}
