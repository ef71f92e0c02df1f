import { z } from 'zod';

/** What the model's process sends once it answers. */
export const rowModel = z.object({ url: z.string(), apiKey: z.string() });

export type RowModel = z.infer<typeof rowModel>;
