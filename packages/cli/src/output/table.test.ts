import assert from 'node:assert/strict';
import { test } from 'node:test';
import { styleText } from 'node:util';
import { table } from './table.ts';

test('columns are as wide as their widest cell, and no line ends in spaces', () => {
  const columns = [
    { heading: 'NAME', cell: (row: readonly [string, string]) => row[0] },
    { heading: 'N', cell: (row: readonly [string, string]) => row[1], align: 'right' as const },
    { heading: 'LAST', cell: () => '' },
  ];
  assert.deepEqual(
    table(columns, [
      ['storefront', '7'],
      ['a', '1234'],
    ]),
    ['NAME            N   LAST', 'storefront      7', 'a            1234'],
  );
});

test('colour takes no room', () => {
  const red = styleText('red', 'bad', { validateStream: false });
  const lines = table(
    [
      { heading: 'A', cell: (row: string) => row },
      { heading: 'B', cell: () => 'x' },
    ],
    [red, 'good'],
  );
  assert.deepEqual(lines, ['A      B', `${red}    x`, 'good   x']);
});
