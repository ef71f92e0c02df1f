import { z } from 'zod';
import { parseKeyName } from '../action/key-names.ts';
import { isDeskhandError } from '../errors.ts';
import type { PictureStep } from '../model/demo/demo-model.ts';
import type { Point } from '../util/geometry.ts';

const place = z.tuple([z.number().int().min(0), z.number().int().min(0)]);
const offset = z.tuple([z.number().int(), z.number().int()]);

function isKeyName(name: string): boolean {
  try {
    parseKeyName(name);
    return true;
  } catch (error) {
    if (isDeskhandError(error)) return false;
    throw error;
  }
}

const picture = z.strictObject({
  image: z.string().min(1).meta({ description: 'A PNG beside the demo file: what it shows is acted on.' }),
  at: place.optional().meta({
    description: 'Where on the picture, px from its top left corner (default: its middle).',
  }),
  hold: z
    .array(z.string().refine(isKeyName, { error: 'expected the name of a key, such as CTRL' }))
    .optional()
    .meta({ description: 'Keys that are held meanwhile.' }),
});

/** The steps of a demo that are anchored on a picture. */
export const pictureSchemas = {
  click: picture
    .extend({ button: z.enum(['left', 'right', 'wheel', 'back', 'forward']).default('left') })
    .optional(),
  'double-click': picture.optional(),
  hover: picture.optional(),
  drag: picture
    .extend({
      by: z
        .array(offset)
        .min(1)
        .meta({ description: 'The points that it goes through, px right and down from where it begins.' }),
    })
    .optional(),
  scroll: picture
    .extend({ by: offset.meta({ description: 'px to the right and down; negative: left and up.' }) })
    .optional(),
};

const pictures = z.strictObject(pictureSchemas);
type Pictures = z.output<typeof pictures>;

/** A step on a picture as it is written in a demo file: the one field that it has. */
export type PictureFields = z.input<typeof pictures>;

interface PictureDeed extends Omit<PictureStep, 'snippet' | 'name'> {
  /** The field that says what is done. */
  readonly field: keyof Pictures;
  readonly image: string;
}

/** What a step does on a picture; undefined where it has none. */
export function toPictureDeed(step: Pictures): PictureDeed | undefined {
  const { click, hover, drag, scroll, 'double-click': double } = step;
  if (click !== undefined) {
    return toDeed('click', click, (at) => ({ type: 'click', button: click.button, ...at }));
  }
  if (double !== undefined) return toDeed('double-click', double, (at) => ({ type: 'double_click', ...at }));
  if (hover !== undefined) return toDeed('hover', hover, (at) => ({ type: 'move', ...at }));
  if (drag !== undefined) {
    return toDeed('drag', drag, ({ x, y }) => {
      const rest = drag.by.map(([right, down]) => ({ x: x + right, y: y + down }));
      return { type: 'drag', path: [{ x, y }, ...rest] };
    });
  }
  if (scroll === undefined) return undefined;
  const [scrollX, scrollY] = scroll.by;
  return toDeed('scroll', scroll, (at) => ({
    type: 'scroll',
    ...at,
    scroll_x: scrollX,
    scroll_y: scrollY,
  }));
}

function toDeed(
  field: keyof Pictures,
  { image, at, hold }: z.output<typeof picture>,
  toAction: (at: Point) => Readonly<Record<string, unknown>>,
): PictureDeed {
  const keys = hold === undefined ? {} : { keys: hold };
  return {
    field,
    image,
    at: at === undefined ? undefined : { x: at[0], y: at[1] },
    toAction: (point) => ({ ...toAction(point), ...keys }),
  };
}
