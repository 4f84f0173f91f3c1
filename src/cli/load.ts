import type { Inventory } from '../model/catalog.ts';
import type { Source } from '../model/source.ts';
import type { Renderer } from '../render/renderer.ts';
import type { Report } from '../reports/common/report.ts';
import type { CliCommand } from './context.ts';
import { modulesOf } from './folder.ts';

/*
 * What is in a folder is what there is: a source, an inventory, a report, a format or a command is added by adding its file. Files
 * are loaded in the order of their names.
 */

export const loadSources = async (): Promise<readonly Source[]> =>
  (await modulesOf<{ source: Source }>('sources')).map(({ source }) => source);
export const loadReports = async (only?: string): Promise<readonly Report[]> =>
  (await modulesOf<{ report: Report }>('reports', only)).map(({ report }) => report);
export const loadInventories = async (): Promise<readonly Inventory[]> =>
  (await modulesOf<{ inventory: Inventory }>('catalog')).map(({ inventory }) => inventory);
export const loadRenderers = async (): Promise<readonly Renderer[]> =>
  (await modulesOf<{ renderer: Renderer }>('render/formats')).map(({ renderer }) => renderer);
export const loadCommands = async (only?: string): Promise<readonly CliCommand[]> =>
  (await modulesOf<{ command: CliCommand }>('cli/commands', only)).map(({ command }) => command);
