import fc from 'fast-check';
import { TestRegistry } from '../support/registry.ts';
import { NAMESPACES, OPERATIONS, type Step, World } from './world.ts';

const histories: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    op: fc.constantFrom(...OPERATIONS),
    who: fc.nat(1),
    which: fc.nat(5),
    what: fc.nat(5),
  }),
  { minLength: 4, maxLength: 14 },
);

/** Runs so many random histories on a real server; throws with the shortest that breaks a promise. */
export const tryHistories = async (runs: number): Promise<void> => {
  await using registry = await TestRegistry.start();
  for (const name of NAMESPACES) await registry.namespaceAdd(name);
  let made = 0;
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      made += 1;
      const world = await World.begin(registry, `world ${made}`);
      for (const step of history) await world.step(step);
      await world.assertShrinking();
      await world.assertStaleAreDead();
    }),
    { numRuns: runs, endOnFailure: false },
  );
};
