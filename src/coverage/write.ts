// The files of a report, readable by owner and group only, each written whole: a temporary file beside it, then a rename.
import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BridgeError, errorCode } from '../errors.ts';
import { coverageCsv } from './csv.ts';
import { coveragePage } from './page.ts';
import type { CoverageReport } from './report.ts';

/**
 * Writes coverage.csv, coverage.json and coverage.html into a folder, which is made where it is missing.
 * @returns their paths
 * @throws BridgeError field/file where one cannot be written; files of an earlier run then stay as they are
 */
export async function writeReport(report: CoverageReport, folder: string): Promise<readonly string[]> {
  const files = [
    ['coverage.csv', coverageCsv(report)],
    ['coverage.json', `${JSON.stringify(report, undefined, 2)}\n`],
    ['coverage.html', await coveragePage(report)],
  ] as const;
  try {
    await mkdir(folder, { recursive: true, mode: 0o750 });
    const paths: string[] = [];
    for (const [name, text] of files) {
      await writeWhole(join(folder, name), text);
      paths.push(join(folder, name));
    }
    return paths;
  } catch (cause) {
    const reason = errorCode(cause) ?? 'unknown reason';
    throw new BridgeError('field/file', `the report cannot be written (${reason})`, { where: folder, cause });
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o640);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
}
