import { estimatedTokens } from '../model/tokens.ts';
import type { ContextEvent, LogEvent, Where } from '../model/event.ts';
import { array, asObject, bytes, count, field, name, text } from '../model/json.ts';
import type { Line, LogReader, Reading, RootContext, Source } from '../model/source.ts';
import { instant } from '../model/time.ts';
import { foldersOf } from '../model/folders.ts';

/*
 * yoi: `<workspace>/.yoi/memory/_usage/events.jsonl`, the usage log of a workspace's memory; early versions called the
 * folder `.insomnia`. Workspaces lie anywhere, so `YOI_WORKSPACES` names them.
 *
 * A line is `{id, occurred_at, segment_id, event, source, records}` and tells that records were taken into the context:
 * read on purpose (`use`), or put there unasked (`resident_exposure`). A search hit or a read that failed is not
 * written. Each record is a fact of its own, with its size at that moment: later edits do not change history. Early
 * versions wrote `session_id` for `segment_id`.
 *
 * Tokens: `file_tokens_estimate` is bytes ÷ 4, rounded up; nothing in the log was measured by a model.
 */
export const source: Source = {
  id: 'yoi',
  title: 'yoi',
  parserVersion: 1,
  roots: ({ env, home }: RootContext) => [...foldersOf(env['YOI_WORKSPACES'], home), home].map((folder) => `${folder}/.yoi/memory/_usage`),
  isLog: (path) => /(?:^|\/)events\.jsonl$/.test(path),
  recognises,
  open,
};

const ROLES: ReadonlyMap<string, ContextEvent['role']> = new Map([
  ['use', 'use'],
  ['resident_exposure', 'exposure'],
]);

function recognises(line: Line): boolean {
  const fields = asObject(line.json());
  return ROLES.has(bytes(fields, 'event') ?? '') && bytes(fields, 'source') !== undefined && Array.isArray(field(fields, 'records'));
}

interface State {
  /** How often a line without an id was met, by hash. */
  readonly anonymous: Record<string, number>;
}

const NOTHING: readonly LogEvent[] = [];

function open(path: string, saved: string | null): LogReader {
  const state: State = saved === null ? { anonymous: {} } : JSON.parse(saved);
  const project = text(/^(.+)[/\\]\.(?:yoi|insomnia)[/\\]/.exec(path)?.[1]);

  const read = (line: Line): Reading => {
    const fields = asObject(line.json());
    const event = bytes(fields, 'event');
    const role = ROLES.get(event ?? '');
    if (role === undefined) return { unknownType: text(event) ?? '(none)' };
    const session = name(fields, 'segment_id') ?? name(fields, 'session_id') ?? 'unknown';
    const where: Where = { session, agent: '', sidechain: false, copied: false };
    const at = instant(field(fields, 'occurred_at'));
    const origin = name(fields, 'source');
    const id = name(fields, 'id') ?? lineId(line);
    const taken = array(fields, 'records').flatMap((entry): readonly ContextEvent[] => {
      const record = asObject(entry);
      const kind = name(record, 'kind');
      const slug = name(record, 'slug');
      if (kind === undefined || slug === undefined) return [];
      const sizeBytes = count(record, 'file_bytes');
      const tokens = count(record, 'file_tokens_estimate') ?? (sizeBytes === undefined ? undefined : estimatedTokens(sizeBytes));
      return [
        {
          type: 'context',
          where,
          key: `yoi:${id}:${kind}:${slug}`,
          at,
          kind,
          slug,
          origin,
          role,
          sizeBytes,
          tokens,
        },
      ];
    });
    if (taken.length === 0) return NOTHING;
    return [{ type: 'session', where, at, project }, ...taken];
  };

  /** The same bytes at the same place of a copy give the same id. */
  const lineId = (line: Line): string => {
    const hash = line.hash();
    const nth = (state.anonymous[hash] ?? 0) + 1;
    state.anonymous[hash] = nth;
    return `${hash}#${nth}`;
  };

  return { read, save: () => JSON.stringify(state) };
}
