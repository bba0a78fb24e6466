import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRule } from '../../src/access/decision/time-conditions.ts';

const DATE_TIME = '{{environment.attributes.current_date_time}}';
const DATE = '{{environment.attributes.current_date}}';
const TIME = '{{environment.attributes.current_time}}';
const DAY = '{{environment.attributes.day_of_week}}';
const ONCE = 'time-based-conditions:once';
const ALL_DAY = 'time-based-conditions:weekly:all-day';
const HOURS = 'time-based-conditions:weekly:custom-hours';

const holds = (rule: unknown, pattern: string, at: string): boolean => {
  const during = readRule(rule, pattern);
  assert.equal(typeof during, 'function', String(during));
  return typeof during === 'function' && during(Date.parse(at));
};

test('weekly hours hold Monday to Friday from nine to five, both seconds included', () => {
  const rule = {
    operator: 'and',
    conditions: [
      {
        key: DAY,
        operator: 'dayOfWeekAnyOf',
        value: ['1+00:00', '2+00:00', '3+00:00', '4+00:00', '5+00:00'],
      },
      { key: TIME, operator: 'timeGreaterThanOrEquals', value: '09:00:00+00:00' },
      { key: TIME, operator: 'timeLessThanOrEquals', value: '17:00:00+00:00' },
    ],
  };
  // 2026-01-16 is a Friday
  const expected: [string, boolean][] = [
    ['2026-01-16T08:59:59.999Z', false],
    ['2026-01-16T09:00:00.000Z', true],
    ['2026-01-16T17:00:00.999Z', true],
    ['2026-01-16T17:00:01.000Z', false],
    ['2026-01-17T12:00:00.000Z', false],
    ['2026-01-18T12:00:00.000Z', false],
    ['2026-01-19T12:00:00.000Z', true],
  ];
  for (const [at, is] of expected) assert.equal(holds(rule, HOURS, at), is, at);
});

test('day and time are those of the time zone the value states', () => {
  const sunday = { key: DAY, operator: 'dayOfWeekEquals', value: '7-05:00' };
  assert.equal(holds(sunday, ALL_DAY, '2026-01-18T04:59:59Z'), false);
  assert.equal(holds(sunday, ALL_DAY, '2026-01-18T05:00:00Z'), true);
  assert.equal(holds(sunday, ALL_DAY, '2026-01-19T04:59:59Z'), true);
  assert.equal(holds(sunday, ALL_DAY, '2026-01-19T05:00:00Z'), false);
  const evening = { key: TIME, operator: 'timeGreaterThan', value: '18:00:00+09:00' };
  assert.equal(holds(evening, HOURS, '2026-01-18T09:00:01Z'), true);
  assert.equal(holds(evening, HOURS, '2026-01-18T08:00:01Z'), false);
  assert.equal(holds(evening, HOURS, '2026-01-18T15:00:01Z'), false, 'past midnight in its zone');
  const instant = { key: DATE_TIME, operator: 'dateTimeLessThan', value: '2026-01-18T09:00:00+09:00' };
  assert.equal(holds(instant, ONCE, '2026-01-17T23:59:59Z'), true);
  assert.equal(holds(instant, ONCE, '2026-01-18T00:00:00Z'), false);
});

test('a date is a day of its zone from its first second to its last', () => {
  const rule = {
    operator: 'and',
    conditions: [
      { key: DATE, operator: 'dateGreaterThanOrEquals', value: '2026-01-18+01:00' },
      { key: DATE, operator: 'dateLessThanOrEquals', value: '2026-01-18+01:00' },
    ],
  };
  assert.equal(holds(rule, ONCE, '2026-01-17T22:59:59Z'), false);
  assert.equal(holds(rule, ONCE, '2026-01-17T23:00:00Z'), true);
  assert.equal(holds(rule, ONCE, '2026-01-18T22:59:59Z'), true);
  assert.equal(holds(rule, ONCE, '2026-01-18T23:00:00Z'), false);
});

test('conditions are joined by and, or, and inside each other once', () => {
  const at = (value: string) => ({ key: TIME, operator: 'timeGreaterThanOrEquals', value });
  const before = (value: string) => ({ key: TIME, operator: 'timeLessThan', value });
  const either = {
    operator: 'or',
    conditions: [
      { operator: 'and', conditions: [at('08:00:00Z'), before('10:00:00Z')] },
      { operator: 'and', conditions: [at('20:00:00Z'), before('22:00:00Z')] },
    ],
  };
  assert.equal(holds(either, HOURS, '2026-01-18T09:00:00Z'), true);
  assert.equal(holds(either, HOURS, '2026-01-18T12:00:00Z'), false);
  assert.equal(holds(either, HOURS, '2026-01-18T21:00:00Z'), true);
});

test('P3: a rule that is not understood is refused, whatever of it is strange', () => {
  const day = { key: DAY, operator: 'dayOfWeekEquals', value: '1+00:00' };
  const deep = {
    operator: 'and',
    conditions: [{ operator: 'and', conditions: [{ operator: 'or', conditions: [day] }] }],
  };
  const refused: [unknown, unknown][] = [
    [day, undefined],
    [day, 'time-based-conditions:yearly'],
    [day, '__proto__'],
    [day, ONCE],
    [undefined, ALL_DAY],
    ['always', ALL_DAY],
    [{ ...day, value: '0+00:00' }, ALL_DAY],
    [{ ...day, value: '8+00:00' }, ALL_DAY],
    [{ ...day, value: '1+25:00' }, ALL_DAY],
    [{ ...day, value: [] }, ALL_DAY],
    [{ ...day, operator: 'dayOfWeekAnyOf', value: [] }, ALL_DAY],
    [{ ...day, operator: 'stringEquals' }, ALL_DAY],
    [{ ...day, unless: 'holiday' }, ALL_DAY],
    [{ operator: 'not', conditions: [day] }, ALL_DAY],
    [{ operator: 'and', conditions: [] }, ALL_DAY],
    [deep, ALL_DAY],
    [{ operator: 'or', conditions: Array(11).fill(day) }, ALL_DAY],
    [{ key: TIME, operator: 'timeLessThan', value: '25:00:00+00:00' }, HOURS],
    [{ key: TIME, operator: 'timeLessThan', value: '09:00+00:00' }, HOURS],
    [{ key: TIME, operator: 'timeEquals', value: '09:00:00+00:00' }, HOURS],
    [{ key: TIME, operator: 'timetoString', value: '09:00:00+00:00' }, HOURS],
    [{ key: DATE_TIME, operator: 'dateTimeLessThan', value: '2026-02-30T00:00:00+00:00' }, ONCE],
    [{ key: DATE_TIME, operator: 'timeLessThan', value: '2026-02-20T00:00:00+00:00' }, ONCE],
    [{ key: '{{environment.attributes.moon}}', operator: 'stringEquals', value: 'full' }, ONCE],
  ];
  for (const [rule, pattern] of refused) {
    assert.equal(typeof readRule(rule, pattern), 'string', JSON.stringify([rule, pattern]));
  }
});
