import { readdirSync } from 'node:fs';
import type { Inventory } from '../model/catalog.ts';
import type { Source } from '../model/source.ts';
import type { Renderer } from '../render/renderer.ts';
import type { Report } from '../reports/common/report.ts';
import type { CliCommand } from './context.ts';

/*
 * What is in a folder is what there is: a source, an inventory, a report, a format or a command is added by adding its file. Files
 * are loaded in the order of their names.
 */

export const loadSources = async (): Promise<readonly Source[]> =>
  (await load<{ source: Source }>('../sources/')).map(({ source }) => source);
export const loadReports = async (only?: string): Promise<readonly Report[]> =>
  (await load<{ report: Report }>('../reports/', only)).map(({ report }) => report);
export const loadInventories = async (): Promise<readonly Inventory[]> =>
  (await load<{ inventory: Inventory }>('../catalog/')).map(({ inventory }) => inventory);
export const loadRenderers = async (): Promise<readonly Renderer[]> =>
  (await load<{ renderer: Renderer }>('../render/formats/')).map(({ renderer }) => renderer);
export const loadCommands = async (only?: string): Promise<readonly CliCommand[]> =>
  (await load<{ command: CliCommand }>('./commands/', only)).map(({ command }) => command);

/** `only`: the one file of that name, if there is one. */
async function load<M>(folder: string, only?: string): Promise<readonly M[]> {
  const url = new URL(folder, import.meta.url);
  const names = readdirSync(url, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:js|ts)$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map((entry) => entry.name)
    .filter((name) => only === undefined || name.replace(/\.(?:js|ts)$/, '') === only)
    .sort();
  return Promise.all(names.map((name): Promise<M> => import(new URL(name, url).href)));
}
