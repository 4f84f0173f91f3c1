import type { CallEvent, FactEvent, Where } from '../../model/event.ts';
import type { JsonObject } from '../../model/json.ts';

/** One event of a thread. */
export interface Entry {
  readonly where: Where;
  readonly at: number | undefined;
  /** Its own id. */
  readonly id: string | undefined;
  /** Key of the turn that it belongs to. */
  readonly turn: string | undefined;
  /** Name of the variant: `TurnStarted`, `ToolCallCompleted`, … */
  readonly variant: string;
  readonly body: JsonObject;
}

export type EntryReader = (state: State, entry: Entry) => readonly FactEvent[];

export interface Model {
  readonly provider?: string;
  readonly model?: string;
}

export type Verdict = Pick<CallEvent, 'outcome' | 'errorClass'>;

/** A call whose turn has not ended. */
export interface OpenCall {
  /** When it was run, which may be long after it was asked for. */
  readonly runAt?: number;
  /** How it will end, as was decided before it was run. */
  readonly verdict?: Verdict;
  readonly isOver?: true;
}

/** What the events of a file say about later ones, by key. Bounded: it is saved with each import. */
export interface State {
  /** The model of the thread, for turns that name none. */
  readonly thread?: Model;
  /** The models that running turns use. */
  readonly models: Map<string, Model>;
  /** Their keys begin with those of their turns. */
  readonly calls: Map<string, OpenCall>;
}

interface SavedState {
  readonly models: readonly (readonly [string, Model])[];
  readonly calls: readonly (readonly [string, OpenCall])[];
}

export function restoreState(json: string | null): State {
  if (json === null) return { models: new Map(), calls: new Map() };
  const saved: SavedState = JSON.parse(json);
  return { models: new Map(saved.models), calls: new Map(saved.calls) };
}

export function saveState({ models, calls }: State): string {
  const saved: SavedState = { models: [...models], calls: [...calls] };
  return JSON.stringify(saved);
}

/** More calls than a turn makes; the oldest are of turns whose end was never written. */
const MAX_KEPT = 1000;

export function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  if (map.size <= MAX_KEPT) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
