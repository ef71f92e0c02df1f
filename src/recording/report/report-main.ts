import { toDeskhandError } from '../../errors.ts';
import type { ErrorOptions } from '../../errors.ts';
import { toRunFolder } from '../run-folder.ts';
import { buildReport } from './build-report.ts';
import type { WrittenReport } from './build-report.ts';

/** What the process sends when it is done: the report, or the error to throw. */
export type ReportAnswer =
  | { readonly report: WrittenReport }
  | {
      readonly error: Pick<ErrorOptions, 'hint' | 'details'> & {
        readonly code: string;
        readonly message: string;
      };
    };

async function answer(path: string): Promise<ReportAnswer> {
  try {
    return { report: await buildReport(toRunFolder(path)) };
  } catch (thrown) {
    const { code, message, hint, details } = toDeskhandError(thrown);
    return { error: { code, message, details, ...(hint === undefined ? {} : { hint }) } };
  }
}

// Ctrl-C reaches every process of the terminal: the one that asked decides, and takes this one along.
process.on('SIGINT', () => undefined);
process.once('disconnect', () => process.exit());
process.once('message', (path: string) => {
  void answer(path).then((message) => process.send?.(message, () => process.disconnect()));
});
