import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { matchesPattern } from '../../src/access/decision/patterns.ts';
import { Steps } from '../../src/access/decision/steps.ts';

const plenty = (): Steps => new Steps(1_000_000);

test('a pattern means what a regular expression of the same shape means', () => {
  const piece = fc.constantFrom('a', 'b', '*', '?', '/', '.');
  const letter = fc.constantFrom('a', 'b', '/', '.');
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 10 }),
      fc.array(letter, { maxLength: 70, size: 'max' }),
      (pattern, text) => {
        const expression = pattern
          .map((each) => (each === '*' ? '.*' : each === '?' ? '.' : each.replace('.', '\\.')))
          .join('');
        assert.equal(
          matchesPattern(pattern.join(''), text.join(''), plenty()),
          new RegExp(`^${expression}$`, 's').test(text.join('')),
          `${pattern.join('')} on ${text.join('')}`,
        );
      },
    ),
    { numRuns: 5000 },
  );
});

test('a pattern is matched across the words its places are kept in', () => {
  for (const before of [0, 30, 31, 32, 33, 63, 64, 95, 200]) {
    const text = `${'a'.repeat(before)}bcd${'a'.repeat(40)}`;
    assert.ok(matchesPattern('*bcd*', text, plenty()), String(before));
    assert.ok(matchesPattern('*b?d*a', text, plenty()), String(before));
    assert.ok(matchesPattern(`${'?'.repeat(before)}*b*d*`, text, plenty()), String(before));
    assert.ok(!matchesPattern('*bd*', text, plenty()), String(before));
    assert.ok(!matchesPattern(`${'?'.repeat(before + 1)}*b*`, text, plenty()), String(before));
  }
});

test('a pattern takes steps for its own length and for 32 characters of the text at a time, never for both multiplied', () => {
  const shape = fc.array(fc.constantFrom('*a', '*', '?', 'a', 'b', '*?a'), { maxLength: 300, size: 'max' });
  fc.assert(
    fc.property(shape, fc.integer({ min: 0, max: 255 }), fc.constantFrom('', 'b'), (pieces, length, end) => {
      const [pattern, text] = [pieces.join(''), `${'a'.repeat(length)}${end}`];
      const steps = plenty();
      matchesPattern(pattern, text, steps);
      const words = (text.length >>> 5) + 1;
      assert.ok(steps.taken <= (pattern.length + 1) * words, `${steps.taken} steps`);
    }),
  );
  // what goes back takes 16,000 comparisons for one star
  const steps = plenty();
  assert.equal(matchesPattern(`*${'a'.repeat(127)}b*`, 'a'.repeat(255), steps), false);
  assert.ok(steps.taken <= 129 * 8, `${steps.taken} steps`);
});

test('a pattern that has no steps left matches nothing', () => {
  const steps = new Steps(10);
  assert.equal(matchesPattern('*a*a*a*a*a*a*', 'a'.repeat(20), steps), false);
  assert.ok(steps.exhausted);
  assert.equal(matchesPattern('*', 'a', steps), false);
});
