import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { TSchema } from 'typebox';
import { Compile as compileReal } from 'typebox/compile';
import { Compile } from '../../src/console/schema/compile.ts';

const SOURCE = join(import.meta.dirname, '../../src');
const OWN = pathToFileURL(join(SOURCE, 'console/schema/typebox.ts')).href;
const IN_BROWSER = '?in-browser';

/** The modules of wire/ as a browser loads them: with the schemas of the console in place of the package. */
registerHooks({
  resolve(specifier, context, next) {
    if (!context.parentURL?.endsWith(IN_BROWSER)) return next(specifier, context);
    if (specifier === 'typebox') return { url: OWN, shortCircuit: true };
    const found = next(specifier, context);
    return { ...found, url: `${found.url}${IN_BROWSER}` };
  },
});

const files = globSync('wire/*.ts', { cwd: SOURCE }).sort();

const shapesOf = async (file: string, query: string): Promise<Record<string, unknown>> => {
  const all = (await import(`${pathToFileURL(join(SOURCE, file)).href}${query}`)) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(all).filter(
      ([, value]) => typeof value === 'object' && value !== null && !Array.isArray(value),
    ),
  );
};

test('a browser builds the same shapes of wire/ without the package typebox', async () => {
  assert.ok(files.length > 40);
  for (const file of files) {
    const [real, own] = [await shapesOf(file, ''), await shapesOf(file, IN_BROWSER)];
    assert.deepEqual(JSON.parse(JSON.stringify(own)), JSON.parse(JSON.stringify(real)), file);
  }
});

test('what the console finds wrong with the shape of a value, typebox finds wrong too', async () => {
  const { RepositoryList } = await import('../../src/wire/listings.ts');
  const { AuditEvent } = await import('../../src/wire/audit.ts');
  const row = { name: 'birds/app', namespace: 'birds', tags: 1 };
  const values: readonly (readonly [TSchema, unknown])[] = [
    [RepositoryList, { repositories: [row], total: 1, total_is_exact: true }],
    [RepositoryList, { repositories: [{ ...row, tags: '1' }], total: 1, total_is_exact: true }],
    [RepositoryList, { repositories: [{ ...row, tags: 1.5 }], total: 1, total_is_exact: true }],
    [RepositoryList, { repositories: [{ ...row, pulled_at: null }], total: 1, total_is_exact: true }],
    [RepositoryList, { repositories: {}, total: 1, total_is_exact: true }],
    [RepositoryList, { total: 1, total_is_exact: true }],
    [RepositoryList, []],
    [AuditEvent, {}],
    [AuditEvent, null],
  ];
  const seen = values.map(([shape, value]) => {
    const own = Compile(shape as never).Check(value);
    assert.equal(own, compileReal(shape).Check(value), JSON.stringify(value));
    return own;
  });
  assert.deepEqual(new Set(seen), new Set([true, false]));
});
