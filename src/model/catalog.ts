/** What is installed for an agent, as its configuration tells. */

export const CATALOG_KINDS = ['mcp_server', 'skill', 'agent', 'command', 'plugin', 'memory'] as const;
export type CatalogKind = (typeof CATALOG_KINDS)[number];

export const CATALOG_STATES = ['enabled', 'disabled'] as const;
export type CatalogState = (typeof CATALOG_STATES)[number];

export interface CatalogItem {
  readonly kind: CatalogKind;
  /** The name that logs give it. */
  readonly name: string;
  readonly source: 'claude' | 'codex';
  /** `client`: a part of the agent itself. */
  readonly scope: 'user' | 'project' | 'local' | 'managed' | 'plugin' | 'client';
  /** The folder that it is for; null: all. */
  readonly project: string | null;
  /** Name of the plugin that brings it. */
  readonly plugin: string | null;
  readonly state: CatalogState;
  /** The file that defines it. */
  readonly path: string;
  /** Bytes that stand in every context because of it; null: configuration does not tell. */
  readonly residentBytes: number | null;
  /** When its file was made, epoch ms; null: not known, as for an entry of a file that holds many. */
  readonly addedAt: number | null;
  /** The command or edit that takes it away. */
  readonly remove: string;
}

/** What is installed, and what could not be read of it. */
export interface Catalog {
  readonly items: readonly CatalogItem[];
  readonly warnings: readonly string[];
}

/** The files of a machine, to be looked at and no more. A file or folder that is not there is empty. */
export interface ConfigFiles {
  /** Undefined: it is not there, or cannot be read, which is then told as a warning. */
  read(path: string): string | undefined;
  /** Names in a folder, in order; folders end with `/`. */
  list(folder: string): readonly string[];
  /** Where a path leads, links followed. */
  real(path: string): string;
  /** When a file was made, epoch ms. */
  madeAt(path: string): number | null;
  sizeBytes(path: string): number | null;
}

/** Where to look. */
export interface ConfigPlace {
  readonly files: ConfigFiles;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  /** Folders that were worked in. */
  readonly projects: readonly string[];
  /** Tells what is wrong with a file, in words of our own: never its text. */
  warn(path: string, what: string): void;
}

/** One kind of thing of one agent: a file of `catalog/` exports one as `inventory`. Pure: it sees only what a place shows. */
export interface Inventory {
  read(place: ConfigPlace): readonly CatalogItem[];
}
