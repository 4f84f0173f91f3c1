/*
 * What the logs of a folder say, counted from their raw lines: `node count.mjs <folder>`. It shares nothing with the
 * program, so that both cannot be wrong in the same way.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const calls = new Set();
const failed = new Set();
const messages = new Map();
for (const name of readdirSync(process.argv[2], { recursive: true })) {
  if (!name.endsWith('.jsonl')) continue;
  const text = readFileSync(join(process.argv[2], name), 'utf8');
  for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
    let record;
    try {
      record = JSON.parse(line);
    } catch {
      continue;
    }
    const { id, content, usage } = record.message ?? {};
    for (const block of Array.isArray(content) ? content : []) {
      if (block.type === 'tool_use') calls.add(block.id);
      if (block.type === 'tool_result') calls.add(block.tool_use_id);
      if (block.type === 'tool_result' && block.is_error) failed.add(block.tool_use_id);
    }
    if (usage === undefined) continue;
    const known = messages.get(id) ?? [0, 0];
    messages.set(id, [Math.max(known[0], usage.input_tokens), Math.max(known[1], usage.output_tokens)]);
  }
}
const sum = (index) => [...messages.values()].reduce((total, tokens) => total + tokens[index], 0);
console.log(JSON.stringify({ calls: calls.size, failed: failed.size, requests: messages.size, input: sum(0), output: sum(1) }));
