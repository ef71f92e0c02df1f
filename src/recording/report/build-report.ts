import { scanTrajectory } from '../reader.ts';
import { replaceFile } from '../run-folder.ts';
import type { RunFolder } from '../run-folder.ts';
import { reportPage } from './page.ts';
import { loadReportModel } from './report-model.ts';

export interface WrittenReport {
  readonly path: string;
  readonly bytes: number;
}

/**
 * Reads a run, draws its report and writes it: the work behind `writeReport`, in this process.
 * Whatever of the recording can be read is shown; damage and missing frames are told on the page.
 * @throws StorageError read-failed, unsupported-version, disk-full, write-failed
 */
export async function buildReport(
  folder: RunFolder,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<WrittenReport> {
  const reading = await scanTrajectory(folder.trajectory, options);
  const page = Buffer.from(reportPage(await loadReportModel(reading, folder, options)));
  await replaceFile(folder.report, page);
  return { path: folder.report, bytes: page.length };
}
