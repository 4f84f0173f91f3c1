import type { Catalog } from '../../model/catalog.ts';
import type { Db } from '../../store/db.ts';
import { sessionConditionsOf, type Query } from './query.ts';
import type { Outside } from './report.ts';

/** What is installed for the agent and in the projects that are asked for; things of the user are for all of them. */
export async function installed(db: Db, query: Query, outside: Outside): Promise<Catalog> {
  const { source, project } = query.filters;
  const projects = await projectsOf(db, query);
  const { items, warnings } = await outside.catalog(projects, project === null);
  return { warnings, items: source === null ? items : items.filter((item) => item.source === source) };
}

/** Folders of the sessions that are asked for: their configuration says what was loaded there. */
async function projectsOf(db: Db, query: Query): Promise<readonly string[]> {
  const sessions = sessionConditionsOf(query);
  const rows = await db.all(
    `select distinct p.path from sessions s join projects p on p.id = s.project_id where ${sessions.sql} order by 1`,
    sessions.params,
  );
  return rows.map((row) => String(row['path']));
}
