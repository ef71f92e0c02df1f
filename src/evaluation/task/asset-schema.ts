import { z } from 'zod';

/** A file beside the task file or below its folder; that it is there is seen when the task is loaded. */
export const assetName = z
  .string()
  .min(1)
  .refine((name) => !name.startsWith('/') && !name.split('/').includes('..'), {
    error: 'expected a file in the folder of the task file, or below it',
  })
  .meta({ description: 'A file beside the task file or below its folder.' });
