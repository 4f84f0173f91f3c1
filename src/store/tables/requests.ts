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
    columns: (request) => ({
      turn_id: turns.idOf(request.turn),
      model_id: request.model === null ? null : context.names.model(request.provider ?? '', request.model),
      started_at: request.startedAt,
      ended_at: request.endedAt,
      day: request.startedAt === null ? null : context.dayOf(request.startedAt),
      input_tokens: request.inputTokens,
      cache_read_tokens: request.cacheReadTokens,
      cache_write_5m_tokens: request.cacheWrite5mTokens,
      cache_write_1h_tokens: request.cacheWrite1hTokens,
      output_tokens: request.outputTokens,
      reasoning_tokens: request.reasoningTokens,
      web_searches: request.webSearches,
      reported_nano_usd: request.reportedNanoUsd,
      cost_nano_usd: context.costOf(request),
      status: request.status,
      http_status: request.httpStatus,
      skill: request.skill,
      conflict: request.conflict,
    }),
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
