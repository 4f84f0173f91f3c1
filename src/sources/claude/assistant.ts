import { array, asObject, bytes, count, flag, object } from '../../model/json.ts';
import { startCall } from './calls.ts';
import { failedRequest, readResponse } from './requests.ts';
import type { EntryReader } from './state.ts';

/** A response, or the error that stands in its place. Each of its lines holds one or more blocks of the content. */
export const readAssistant: EntryReader = (state, entry, events) => {
  const { fields } = entry;
  if (flag(fields, 'isApiErrorMessage')) {
    events.push(failedRequest(state, entry, 'error', count(fields, 'apiErrorStatus')));
    return;
  }
  const message = object(fields, 'message');
  const response = readResponse(state, entry, message);
  if (response !== undefined) events.push(response);
  for (const part of array(message, 'content')) {
    const block = asObject(part);
    const call = bytes(block, 'type') === 'tool_use' ? startCall(state, entry, block, response?.key) : undefined;
    if (call !== undefined) events.push(call);
  }
};
