import type { Database } from 'better-sqlite3';
import type { RequestEvent } from '../../model/event.ts';
import { requestRule, type RequestFact } from '../../model/facts/request.ts';
import { openTable, type FactContext, type FactTable } from './table.ts';

export function openRequests(
  db: Database,
  context: FactContext,
  turns: Pick<FactTable<never, never>, 'idOf' | 'has'>,
): FactTable<RequestEvent, RequestFact> {
  return openTable<RequestEvent, RequestFact, RequestFact>(db, context, requestRule, {
    table: 'requests',
    inRollups: true,
    columns: [
      { name: 'turn_id', value: (request) => turns.idOf(request.turn) },
      {
        name: 'model_id',
        value: (request) => (request.model === null ? null : context.names.model(request.provider ?? '', request.model)),
      },
      { name: 'started_at', value: (request) => request.startedAt },
      { name: 'ended_at', value: (request) => request.endedAt },
      { name: 'day', value: (request) => (request.startedAt === null ? null : context.dayOf(request.startedAt)) },
      { name: 'input_tokens', value: (request) => request.inputTokens },
      { name: 'cache_read_tokens', value: (request) => request.cacheReadTokens },
      { name: 'cache_write_5m_tokens', value: (request) => request.cacheWrite5mTokens },
      { name: 'cache_write_1h_tokens', value: (request) => request.cacheWrite1hTokens },
      { name: 'output_tokens', value: (request) => request.outputTokens },
      { name: 'reasoning_tokens', value: (request) => request.reasoningTokens },
      { name: 'web_searches', value: (request) => request.webSearches },
      { name: 'reported_nano_usd', value: (request) => request.reportedNanoUsd },
      { name: 'cost_nano_usd', value: context.costOf },
      { name: 'status', value: (request) => request.status },
      { name: 'http_status', value: (request) => request.httpStatus },
      { name: 'skill', value: (request) => request.skill },
      { name: 'conflict', value: (request) => request.conflict },
    ],
    select: `f.started_at as startedAt, f.ended_at as endedAt, nullif(m.provider, '') as provider, m.name as model,
        f.input_tokens as inputTokens, f.cache_read_tokens as cacheReadTokens, f.cache_write_5m_tokens as cacheWrite5mTokens,
        f.cache_write_1h_tokens as cacheWrite1hTokens, f.output_tokens as outputTokens, f.reasoning_tokens as reasoningTokens,
        f.web_searches as webSearches, f.reported_nano_usd as reportedNanoUsd, f.status, f.http_status as httpStatus, f.skill, f.conflict, t.key as turn
      from requests f left join models m on m.id = f.model_id left join turns t on t.id = f.turn_id`,
    restore: (row) => ({
      startedAt: row.startedAt,
      endedAt: row.endedAt,
      provider: row.provider,
      model: row.model,
      inputTokens: row.inputTokens,
      cacheReadTokens: row.cacheReadTokens,
      cacheWrite5mTokens: row.cacheWrite5mTokens,
      cacheWrite1hTokens: row.cacheWrite1hTokens,
      outputTokens: row.outputTokens,
      reasoningTokens: row.reasoningTokens,
      webSearches: row.webSearches,
      reportedNanoUsd: row.reportedNanoUsd,
      status: row.status,
      httpStatus: row.httpStatus,
      turn: row.turn,
      skill: row.skill,
      conflict: row.conflict,
    }),
    isWhole: (request) => turns.has(request.turn),
  });
}
