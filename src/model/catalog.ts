/** What is installed for an agent, as its configuration tells. */

export const CATALOG_KINDS = ['mcp_server', 'skill', 'agent', 'command', 'plugin', 'memory'] as const;
export type CatalogKind = (typeof CATALOG_KINDS)[number];

export interface CatalogItem {
  readonly kind: CatalogKind;
  /** The name that logs give it. */
  readonly name: string;
  readonly source: 'claude' | 'codex';
  readonly scope: 'user' | 'project' | 'local' | 'managed' | 'plugin';
  /** The folder that it is for; null: all. */
  readonly project: string | null;
  /** The plugin that brings it. */
  readonly plugin: string | null;
  readonly state: 'enabled' | 'disabled';
  /** The file that defines it. */
  readonly path: string;
  /** Bytes that stand in every context because of it; null: configuration does not tell. */
  readonly residentBytes: number | null;
  /** Epoch ms; null: not known. */
  readonly addedAt: number | null;
  /** The command or edit that takes it away. */
  readonly remove: string;
}
