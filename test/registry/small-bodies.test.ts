import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RegistryError } from '../../src/errors.ts';
import { type Body, readSmall } from '../../src/registry/uploads/body.ts';
import { newBytes } from '../spec/content.ts';

const bodyOf = (chunks: readonly Uint8Array[], more: Partial<Body> = {}): Body => ({
  bytes: (async function* () {
    yield* chunks;
  })(),
  length: undefined,
  range: undefined,
  signal: new AbortController().signal,
  ...more,
});

const cut = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    Uint8Array.from(bytes.subarray(at * size, (at + 1) * size)),
  );

test('a small body is read into memory of its own, however it is cut, and the memory of its chunks is given back', async () => {
  const bytes = newBytes(10_000);
  for (const size of [1, 7, 4096, 10_000]) {
    for (const length of [undefined, bytes.length]) {
      const chunks = cut(bytes, size);
      const small = await readSmall(bodyOf(chunks, { length }), 16_384);
      assert.ok(small.is === 'whole' && bytes.equals(small.bytes));
      assert.equal(small.bytes.buffer.byteLength, bytes.length);
      const kept = chunks.filter((chunk) => chunk.byteLength >= 1024);
      assert.deepEqual(kept, []);
    }
  }
});

test('of a body that is longer nothing is lost, and one that says so is not read at all', async () => {
  const bytes = newBytes(3000);
  const small = await readSmall(bodyOf(cut(bytes, 900)), 2000);
  assert.equal(small.is, 'longer');
  const read: Uint8Array[] = [];
  if (small.is === 'longer') for await (const chunk of small.bytes) read.push(chunk);
  assert.ok(bytes.equals(Buffer.concat(read)));
  assert.ok(read.length > 1 && (read[0]?.byteLength ?? 0) <= 2000);
  const body = bodyOf(cut(bytes, 900), { length: 3000 });
  const told = await readSmall(body, 2000);
  assert.ok(told.is === 'longer' && told.bytes === body.bytes);
});

test('what came of a body before it broke off is kept; where its range has another length, none of it', async () => {
  const failing = bodyOf([], {
    bytes: (async function* () {
      yield new Uint8Array([1, 2]);
      throw new Error('the connection broke');
    })(),
  });
  const broken = await readSmall(failing, 100);
  assert.ok(broken.is === 'broken' && /broke/.test(String(broken.error)));
  assert.deepEqual([...broken.bytes], [1, 2]);
  for (const last of [1, 3]) {
    const body = bodyOf([new Uint8Array(3)], { range: { first: 0, last } });
    await assert.rejects(
      readSmall(body, 100),
      (error) => error instanceof RegistryError && error.code === 'SIZE_INVALID',
    );
  }
});
