import { readdirSync } from 'node:fs';
import type { Source } from '../model/source.ts';
import type { Report } from '../reports/common/report.ts';
import type { CliCommand } from './context.ts';

/*
 * What is in a folder is what there is: a source, a report or a command is added by adding its file. Files are loaded in
 * the order of their names.
 */

export const loadSources = async (): Promise<readonly Source[]> => (await load<{ source: Source }>('../sources/')).map(({ source }) => source);
export const loadReports = async (): Promise<readonly Report[]> => (await load<{ report: Report }>('../reports/')).map(({ report }) => report);
export const loadCommands = async (): Promise<readonly CliCommand[]> =>
  (await load<{ command: CliCommand }>('./commands/')).map(({ command }) => command);

async function load<M>(folder: string): Promise<readonly M[]> {
  const url = new URL(folder, import.meta.url);
  const names = readdirSync(url, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:js|ts)$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map((entry) => entry.name)
    .sort();
  return Promise.all(names.map((name): Promise<M> => import(new URL(name, url).href)));
}
