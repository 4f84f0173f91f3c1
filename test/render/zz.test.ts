import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderTable } from '../../src/render/table.ts';
const sw = createRequire(import.meta.url)('string-width');
test('fuzz', () => {
  const s = fc.oneof(fc.string({ unit: 'binary' , maxLength: 60}), fc.string({unit:'grapheme', maxLength: 60}));
  fc.assert(fc.property(fc.array(fc.record({a:s,b:s,n:fc.nat()}),{minLength:1,maxLength:4}), fc.array(s,{maxLength:4}), fc.integer({min:2,max:100}), (rows, header, columns) => {
    const t = renderTable({columns:[{name:'a',title:'a',kind:'text'},{name:'n',title:'n',kind:'count',drop:1},{name:'b',title:'b',kind:'text'}],rows,header,footer:header,headline:header.map(h=>({label:h,kind:'text',value:h}))},{columns,color:false,unicode:true});
    for (const l of t.split('\n')) expect(sw(l)).toBeLessThanOrEqual(columns);
  }),{numRuns:5000});
}, 600000);
