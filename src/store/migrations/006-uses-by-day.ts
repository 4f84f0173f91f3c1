import type { Migration } from '../migrate.ts';

/* Facts that tell a use of a skill, a command or a memory file are few: of a window they are found by their day. */
export const migration: Migration = {
  name: '006-uses-by-day',
  sql: `
drop index tool_calls_reads;
drop index requests_skill;
drop index turns_command;
create index tool_calls_reads on tool_calls (day) where reads_id is not null;
create index requests_skill on requests (day) where skill is not null;
create index turns_command on turns (day) where command is not null;
`,
};
