const DATE_TIME = '{{environment.attributes.current_date_time}}';
const DATE = '{{environment.attributes.current_date}}';
const DAY = 24 * 3_600_000;

/** Whether a document can have an end at all: cheaper than reading it. */
export const mayEnd = (document: string): boolean => document.includes('environment.attributes.current_date');

/**
 * The last time at which a rule can hold, in epoch milliseconds; undefined where it has no end. Of conditions that
 * must all hold the first that ends ends the rule, of those of which one is enough the last.
 */
export const endOfRule = (rule: unknown): number | undefined => {
  if (typeof rule !== 'object' || rule === null) return undefined;
  const { key, operator, value, conditions } = rule as Record<string, unknown>;
  if (!Array.isArray(conditions)) return endOfComparison(key, operator, value);
  const ends = conditions.map(endOfRule);
  const known = ends.filter((end) => end !== undefined);
  if (operator === 'and') return known.length === 0 ? undefined : Math.min(...known);
  return known.length === ends.length && known.length > 0 ? Math.max(...known) : undefined;
};

const endOfComparison = (key: unknown, operator: unknown, value: unknown): number | undefined => {
  if (typeof value !== 'string') return undefined;
  if (key === DATE_TIME && (operator === 'dateTimeLessThan' || operator === 'dateTimeLessThanOrEquals'))
    return timeOf(value);
  if (key !== DATE) return undefined;
  // 2026-01-31+00:00: the day begins there
  const begin = timeOf(`${value.slice(0, 10)}T00:00:00${value.slice(10)}`);
  if (begin === undefined) return undefined;
  if (operator === 'dateLessThan') return begin;
  return operator === 'dateLessThanOrEquals' ? begin + DAY : undefined;
};

const timeOf = (text: string): number | undefined => {
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
};
