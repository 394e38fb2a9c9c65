import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { it } from 'node:test';
import { migrationsFolder } from '../../../server/platform/resources.ts';

it('every migration has a number of its own, without a gap', () => {
  const numbers = readdirSync(migrationsFolder).map((file) => Number.parseInt(file, 10)).sort((a, b) => a - b);
  assert.deepEqual(numbers, numbers.map((_, index) => index + 1));
});
