import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAction } from '../../src/access/room.ts';
import { sourceFiles } from '../house/source.ts';

test('every right that a page asks about is an action of the table', () => {
  const asked = sourceFiles('src/console').flatMap(({ path, text }) =>
    [
      ...text.matchAll(
        /'((?:container-registry|iam-[a-z-]+|user-management|resource-controller|tidegate)\.[a-z.-]+)'/g,
      ),
    ].map(([, action = '']) => ({ path, action })),
  );
  assert.ok(asked.length > 20);
  assert.deepEqual(
    asked.filter(({ action }) => !isAction(action)),
    [],
  );
});
