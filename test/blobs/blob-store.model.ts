import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Digest, digestOf } from '../../src/oci/digest.ts';
import { chunks, cutOff, MIB, noise, type OpenStore, readBlob, refusedWith } from './blob-fixtures.ts';

type Step =
  | { readonly kind: 'append' | 'fail' | 'close'; readonly size: number; readonly chunk: number }
  | { readonly kind: 'restart' | 'gap' | 'wrong' };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constantFrom('append', 'append', 'fail', 'close'),
        size: fc.oneof(fc.nat(5000), fc.nat(300_000), fc.nat(4 * MIB)),
        chunk: fc.oneof(fc.integer({ min: 100, max: 5000 }), fc.constant(65_536), fc.constant(3 * MIB)),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('restart', 'gap', 'wrong') }) },
  ),
  { maxLength: 5 },
) as fc.Arbitrary<Step[]>;

/** Random histories against the plainest model there is: a size, for bytes that are always the same noise. */
export const modelTest = (open: OpenStore, region: string, histories: number): void => {
  test('any history of appends, cuts, restarts and mistakes seals exactly the bytes that were staged', async () => {
    const property = fc.asyncProperty(
      steps,
      fc.constantFrom('sha256', 'sha512'),
      async (history, algorithm) => {
        let store = await open();
        try {
          const id = await store.begin(region);
          let size = 0;
          for (const step of history) {
            if (step.kind === 'append')
              size = await store.append(id, size, chunks(noise(step.size, size), step.chunk));
            else if (step.kind === 'fail') {
              await assert.rejects(
                store.append(id, size, cutOff(noise(step.size, size), new Error('cut off'), step.chunk)),
                /cut off/,
              );
              size += step.size;
            } else if (step.kind === 'close') {
              const rest = { offset: size, bytes: chunks(noise(step.size, size), step.chunk) };
              const wrong = digestOf(noise(size + step.size + 1));
              await assert.rejects(store.seal(id, wrong, rest), refusedWith('DIGEST_INVALID'));
            } else if (step.kind === 'gap') {
              await assert.rejects(
                store.append(id, size + 1, chunks(noise(1))),
                refusedWith('RANGE_INVALID'),
              );
            } else if (step.kind === 'wrong') {
              await assert.rejects(store.seal(id, digestOf(noise(size + 1))), refusedWith('DIGEST_INVALID'));
            } else {
              await store[Symbol.asyncDispose]();
              store = await open();
            }
            assert.equal(await store.staged(id), size);
          }
          const digest: Digest = digestOf(noise(size), algorithm);
          const sealed = await store.seal(id, digest);
          assert.equal(sealed.size, size);
          assert.ok((await readBlob(store, sealed.key)).equals(noise(size)));
          await store.remove(sealed.key);
        } finally {
          await store[Symbol.asyncDispose]();
        }
      },
    );
    await fc.assert(property, { numRuns: histories });
  });
};
