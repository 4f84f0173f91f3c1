import type { Migration } from '../migrate.ts';

/* What a path is known by where only a label of it is kept. Null: it was never replaced by one. */
export const migration: Migration = {
  name: '004-labels',
  sql: `
alter table projects add column key text;
alter table log_files add column key text;
create unique index projects_key on projects (key) where key is not null;
`,
};
