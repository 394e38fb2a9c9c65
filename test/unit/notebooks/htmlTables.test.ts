import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readTables } from '../../../server/notebooks/htmlTables.ts';

const texts = (html: string): string[][][] => readTables(html).map((rows) => rows.map((row) => row.map(({ text }) => text)));

describe('tables of an HTML text', () => {
  it('have the texts of their cells, with entities and without tags', () => {
    assert.deepEqual(texts('<p>x</p><table><tr><th>a &amp; b</th><td title="1 > 0"><b>0.5</b> &#177; 1</td></tr></table>'), [[['a & b', '0.5 ± 1']]]);
  });

  it('are read where end tags are left out, as HTML allows, and cut off', () => {
    assert.deepEqual(texts('<table><tr><td>1<td>2<tr><td>3</table><table><tr><th>n'), [[['1', '2'], ['3']], [[]]]);
  });

  it('say where the content of a cell stands, and how many columns it takes', () => {
    const html = '<TABLE><tr><TH colspan="3"> <i>p</i> </TH><td></td></tr></TABLE>';
    const [[[head, empty] = []] = []] = readTables(html);
    assert.ok(head !== undefined && empty !== undefined);
    assert.deepEqual([html.slice(head.start, head.end), head.columns, head.isHead], ['<i>p</i>', 3, true]);
    assert.deepEqual([html.slice(empty.start, empty.end), empty.columns, empty.isHead], ['', 1, false]);
  });

  it('keep comments and attributes out of the text', () => {
    assert.deepEqual(texts('<table><tr><td data-x="<td>7</td>">1<!-- <td>8</td> --></td></tr></table>'), [[['1']]]);
  });
});
