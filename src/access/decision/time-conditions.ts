/** Whether a rule holds at a time, in milliseconds since 1970. */
export type During = ((now: number) => boolean) & {
  /** How many comparisons that takes; 1 where it is not said. */
  readonly comparisons?: number;
};

/** IBM's names of what a rule can be about (IAM, "Limiting access with time-based conditions"). */
const DATE_TIME = '{{environment.attributes.current_date_time}}';
const DATE = '{{environment.attributes.current_date}}';
const TIME = '{{environment.attributes.current_time}}';
const DAY = '{{environment.attributes.day_of_week}}';

/** What a pattern says a rule may be about; IBM does not mix once and weekly. */
const PATTERNS: Readonly<Record<string, readonly string[]>> = {
  'time-based-conditions:once': [DATE_TIME, DATE],
  'time-based-conditions:weekly:all-day': [DAY],
  'time-based-conditions:weekly:custom-hours': [DAY, TIME],
  // names of either kind in IBM's first documents about rules
  'time-based-conditions:weekly': [DAY, TIME],
};

/** IBM allows ten conditions, and conditions inside conditions once. */
const MOST_CONDITIONS = 10;
const DEEPEST = 2;

const DAY_MS = 86_400_000;

/** When a v2 policy's rule holds, or a text that says what of it is not understood: then its policy grants nothing. */
export const readRule = (rule: unknown, pattern: unknown): During | string => {
  const keys =
    typeof pattern === 'string' && Object.hasOwn(PATTERNS, pattern) ? PATTERNS[pattern] : undefined;
  if (!keys) return `the pattern of a rule must be one of ${Object.keys(PATTERNS).slice(0, 3).join(', ')}`;
  const left = { conditions: MOST_CONDITIONS };
  return readCondition(rule, keys, DEEPEST, left);
};

const readCondition = (
  condition: unknown,
  keys: readonly string[],
  depth: number,
  left: { conditions: number },
): During | string => {
  if (typeof condition !== 'object' || condition === null) return 'a condition of the rule must be an object';
  const { key, operator, value, conditions, ...unknown } = condition as Record<string, unknown>;
  const [strange] = Object.keys(unknown);
  if (strange !== undefined)
    return `a condition has no ${strange}; it has key, operator, value or operator, conditions`;
  if (conditions === undefined) {
    if (left.conditions-- <= 0) return `a rule has at most ${MOST_CONDITIONS} conditions`;
    if (typeof key !== 'string' || !keys.includes(key))
      return `with this pattern a condition is about ${keys.join(' or ')}`;
    return readComparison(key, operator, value);
  }
  if (depth === 0) return 'conditions are nested too deep; conditions can have conditions once';
  if (key !== undefined || value !== undefined) return 'a condition has a key or conditions, not both';
  if (operator !== 'and' && operator !== 'or')
    return 'the operator of a condition with conditions must be "and" or "or"';
  if (!Array.isArray(conditions) || conditions.length === 0)
    return 'conditions must be a list with at least one condition';
  const parts: During[] = [];
  for (const each of conditions) {
    const part = readCondition(each, keys, depth - 1, left);
    if (typeof part === 'string') return part;
    parts.push(part);
  }
  return during(
    parts.reduce((sum, { comparisons = 1 }) => sum + comparisons, 0),
    operator === 'and' ? (now) => parts.every((part) => part(now)) : (now) => parts.some((part) => part(now)),
  );
};

const during = (comparisons: number, holds: (now: number) => boolean): During =>
  Object.assign(holds, { comparisons });

const COMPARISONS: Readonly<Record<string, (actual: number, given: number) => boolean>> = {
  LessThan: (actual, given) => actual < given,
  LessThanOrEquals: (actual, given) => actual <= given,
  GreaterThan: (actual, given) => actual > given,
  GreaterThanOrEquals: (actual, given) => actual >= given,
};

/** A value with its time zone: where on its scale it lies, and the zone's distance from UTC in milliseconds. */
interface Point {
  readonly at: number;
  readonly zone: number;
}

interface Scale {
  /** How its operators begin. */
  readonly prefix: string;
  readonly example: string;
  read(text: string): Point | undefined;
  /** Where a local time (epoch milliseconds moved by the zone, whole seconds) lies. */
  place(local: number): number;
}

const SCALES: Readonly<Record<string, Scale>> = {
  [DATE_TIME]: {
    prefix: 'dateTime',
    example: '2026-01-31T09:00:00+00:00',
    read: (text) =>
      pointOf(/^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(Z|[+-]\d{2}:\d{2})$/, text, (it) => instant(it)),
    place: (local) => local,
  },
  [DATE]: {
    prefix: 'date',
    example: '2026-01-31+00:00',
    read: (text) =>
      pointOf(/^(\d{4}-\d{2}-\d{2})(Z|[+-]\d{2}:\d{2})$/, text, (it) => instant(`${it}T00:00:00`)),
    place: (local) => Math.floor(local / DAY_MS) * DAY_MS,
  },
  [TIME]: {
    prefix: 'time',
    example: '09:00:00+00:00',
    read: (text) =>
      pointOf(/^(\d{2}:\d{2}:\d{2})(Z|[+-]\d{2}:\d{2})$/, text, (it) => instant(`1970-01-01T${it}`)),
    place: (local) => ((local % DAY_MS) + DAY_MS) % DAY_MS,
  },
};

const readComparison = (key: string, operator: unknown, value: unknown): During | string => {
  if (key === DAY) return readDays(operator, value);
  const scale = SCALES[key];
  if (!scale) return `a rule cannot be about ${key}; use ${Object.keys(SCALES).join(', ')}`;
  const name = typeof operator === 'string' && operator.startsWith(scale.prefix) ? operator : '';
  const comparison = name.slice(scale.prefix.length);
  const compare = Object.hasOwn(COMPARISONS, comparison) ? COMPARISONS[comparison] : undefined;
  if (!compare)
    return `the operator of ${key} must be one of ${Object.keys(COMPARISONS)
      .map((each) => scale.prefix + each)
      .join(', ')}`;
  const point = typeof value === 'string' ? scale.read(value) : undefined;
  if (!point) return `the value for ${key} is written ${scale.example}`;
  return (now) => compare(scale.place(toSeconds(now) + point.zone), point.at);
};

/** `1+00:00` is Monday in UTC, 7 Sunday. */
const readDays = (operator: unknown, value: unknown): During | string => {
  const given = operator === 'dayOfWeekEquals' ? [value] : operator === 'dayOfWeekAnyOf' ? value : undefined;
  if (given === undefined) return `the operator of ${DAY} must be dayOfWeekEquals or dayOfWeekAnyOf`;
  const days = Array.isArray(given) ? given.map(dayOf) : [];
  if (days.length === 0 || !days.every((day) => day !== undefined))
    return `days are written 1+00:00 (Monday) to 7+00:00 (Sunday), several as a list with dayOfWeekAnyOf`;
  // 1970-01-01 was a Thursday
  return during(days.length, (now) =>
    days.some(({ at, zone }) => ((Math.floor((now + zone) / DAY_MS) + 3) % 7) + 1 === at),
  );
};

const dayOf = (value: unknown): Point | undefined =>
  typeof value === 'string' || typeof value === 'number'
    ? pointOf(/^([1-7])(Z|[+-]\d{2}:\d{2})?$/, String(value), Number)
    : undefined;

const pointOf = (form: RegExp, text: string, place: (text: string) => number): Point | undefined => {
  const [, value = '', zone = 'Z'] = form.exec(text) ?? [];
  const [at, offset] = [place(value), zoneOf(zone)];
  return value === '' || Number.isNaN(at) || offset === undefined ? undefined : { at, zone: offset };
};

/** The distance from UTC in milliseconds; undefined for a distance that no time zone has. */
const zoneOf = (text: string): number | undefined => {
  if (text === 'Z') return 0;
  const [hours = 0, minutes = 0] = text.slice(1).split(':').map(Number);
  if (hours > 14 || minutes > 59) return undefined;
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
};

/** A date that does not exist (31 February) is refused, not moved to the next month. */
const instant = (text: string): number => {
  const at = Date.parse(`${text}Z`);
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 19) !== text ? Number.NaN : at;
};

/** Rules speak of whole seconds: 23:59:59 is the last of a day. */
const toSeconds = (now: number): number => Math.floor(now / 1000) * 1000;
