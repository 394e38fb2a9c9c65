import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { maskSecrets } from '../../../server/notebooks/maskSecrets.ts';
import { mask } from '../../../server/notebooks/secretValues.ts';

describe('tables with a column of secrets', () => {
  const masked = (text: string): string[] => maskSecrets(text).split('\n');

  it('is masked below its head as pandas prints it, numbers and missing values excepted', () => {
    assert.deepEqual(
      masked('  user       password  token_count  tokens api_key\n0  ada        letmein           12       3      k1\n1  bob  correct horse           40       4     NaN\n\n[2 rows x 5 columns]'),
      ['  user       password  token_count  tokens api_key', `0  ada        ${mask}           12       3      ${mask}`, `1  bob  ${mask}           40       4     NaN`, '', '[2 rows x 5 columns]'],
    );
    assert.deepEqual(masked('user  password\n ada   letmein'), ['user  password', ` ada   ${mask}`]);
    assert.deepEqual(masked('        password\n0        letmein\n1  correct horse'), ['        password', `0        ${mask}`, `1  ${mask}`]);
  });

  it('is masked as a Series, by its name or by its labels', () => {
    assert.deepEqual(masked('0          letmein\n1    correct horse\nName: password, dtype: object'), [`0          ${mask}`, `1    ${mask}`, 'Name: password, dtype: object']);
    assert.deepEqual(masked('user            ada\napi_key     letmein\ndtype: object'), ['user            ada', `api_key     ${mask}`, 'dtype: object']);
  });

  it('is masked beside its label in a frame that is turned', () => {
    assert.deepEqual(
      masked('                0              1\nuser          ada            bob\npassword  letmein  correct horse\nn               1              2'),
      ['                0              1', 'user          ada            bob', `password  ${mask}  ${mask}`, 'n               1              2'],
    );
    assert.deepEqual(masked('                      a\napi_key  hunter2hunter2\nuser               None'), ['                      a', `api_key  ${mask}`, 'user               None']);
    assert.deepEqual(masked('         count unique      top freq\npassword     2      2  letmein    1'), ['         count unique      top freq', `password     2      2  ${mask}    1`]);
  });

  it('is masked in an HTML table: below a head, in an index of that name and beside a label', () => {
    const row = (...cells: string[]): string => `<tr>${cells.join('')}</tr>`;
    const frame = (...rows: string[]): string => `<table border="1" class="dataframe">${rows.join('\n')}</table>`;
    assert.equal(
      maskSecrets(frame(row('<th></th>', '<th>user</th>', '<th>password</th>'), row('<th>0</th>', '<td>ada</td>', '<td>letmein</td>'), row('<th>1</th>', '<td>bob</td>', '<td>NaN</td>'))),
      frame(row('<th></th>', '<th>user</th>', '<th>password</th>'), row('<th>0</th>', '<td>ada</td>', `<td>${mask}</td>`), row('<th>1</th>', '<td>bob</td>', '<td>NaN</td>')),
    );
    assert.equal(
      maskSecrets(frame(row('<th></th>', '<th>n</th>'), row('<th>api_key</th>', '<th></th>'), row('<th>k1</th>', '<td>1</td>'))),
      frame(row('<th></th>', '<th>n</th>'), row('<th>api_key</th>', '<th></th>'), row(`<th>${mask}</th>`, '<td>1</td>')),
    );
    assert.equal(maskSecrets(frame(row('<th>secret</th>', '<td>one</td>', '<td>two</td>'))), frame(row('<th>secret</th>', `<td>${mask}</td>`, `<td>${mask}</td>`)));
    // The second row of a group has one cell less, on its left.
    assert.equal(
      maskSecrets(frame(row('<th></th>', '<th></th>', '<th>password</th>'), row('<th rowspan="2">a</th>', '<th>x</th>', '<td>p1</td>'), row('<th>y</th>', '<td>p2</td>'))),
      frame(row('<th></th>', '<th></th>', '<th>password</th>'), row('<th rowspan="2">a</th>', '<th>x</th>', `<td>${mask}</td>`), row('<th>y</th>', `<td>${mask}</td>`)),
    );
  });

  it('is masked in tables that are drawn with lines', () => {
    assert.deepEqual(masked('| user | password |\n|------|---------:|\n| ada  | letmein  |\n\nend'), ['| user | password |', '|------|---------:|', `| ada  | ${mask}  |`, '', 'end']);
    assert.deepEqual(masked('│ user ┆ api_key │\n│ ---  ┆ ---     │\n│ str  ┆ str     │\n╞══════╪═════════╡\n│ ada  ┆ k1      │'), [
      '│ user ┆ api_key │',
      '│ ---  ┆ ---     │',
      '│ str  ┆ str     │',
      '╞══════╪═════════╡',
      `│ ada  ┆ ${mask}      │`,
    ]);
  });

  it('masks a column named token only where its cells look like tokens', () => {
    const rows = ['   n                            token', '0  1                            house', '1  2 9f86d081884c7d659a2feaa0c55ad015'];
    assert.deepEqual(masked(rows.join('\n')), [rows[0], rows[1], `1  2 ${mask}`]);
  });

  it('leaves columns alone that only count or describe', () => {
    for (const text of [
      '   token_count  tokens password_field max_tokens\n0           12       3            abc         10',
      'user        0\npassword    3\ndtype: int64',
      'user        object\npassword    object\ndtype: object',
      ' #   Column       Non-Null Count  Dtype \n---  ------       --------------  ----- \n 0   password     2 non-null      object\n 1   username     2 non-null      object',
      '<table><tr><th></th><th>token_count</th><th>tokens</th><th>password</th></tr><tr><th>0</th><td>12</td><td>a b</td><td>2</td></tr></table>',
      'Enter the password\nand  press  return',
      '     first second\npassword  is asked for\nsecret  things',
      '  user      name\n  password  words of the user\n  host      host',
    ]) {
      assert.equal(maskSecrets(text), text);
    }
  });

  it('takes time in proportion to the text, whatever its form', { timeout: 20_000 }, () => {
    for (const part of ['password password\n', '  a password\n0 b        x\n', '| password ', '<table><tr><th>password</th><td>', 'Name: password, dtype: x\n', 'dtype: object\n', '  password  b', '  a  b\npassword  x  y\n', 'a ']) {
      assert.ok(maskSecrets(part.repeat(20_000)).length > 0);
    }
  });
});
