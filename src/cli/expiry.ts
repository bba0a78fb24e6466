import { CliError } from './cli-error.ts';
import type { Flag } from './command.ts';
import { EXIT } from './exit-codes.ts';
import type { Input } from './input.ts';

/** The options of everything that can expire. */
export const EXPIRY: readonly Flag[] = [
  { flags: '--expires-in <duration>', summary: 'How long it lives, such as 90s, 15m, 24h or 30d' },
  { flags: '--expires-at <date>', summary: 'When it ends, such as 2027-01-31 or 2027-01-31T12:00Z' },
];

const LENGTHS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a duration that a person typed: `90s`, `15m`, `24h`, `30d`. */
export const durationOf = (text: string): number => {
  const [, amount = '', unit = ''] = /^([1-9]\d{0,8})([smhd])$/.exec(text.trim()) ?? [];
  const length = LENGTHS[unit];
  if (length !== undefined) return Number(amount) * length;
  throw new CliError(EXIT.USAGE, `'${text}' is not a duration. Give one such as 90s, 15m, 24h or 30d.`);
};

// RFC 3339; the seconds and the zone are optional, and so is the colon in the zone, which IAM leaves out
const DATE = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/i;

/** The time of a date that a person typed. Without a zone it is UTC, so that it does not depend on the machine. */
const dateOf = (text: string): number => {
  const [, day = '', time = '00:00', zone = 'Z'] = DATE.exec(text.trim()) ?? [];
  const isDay = new Date(`${day}T00:00Z`).toJSON()?.startsWith(day);
  const at =
    isDay && day ? Date.parse(`${day}T${time}${zone.replace(/^(...)(\d\d)$/, '$1:$2')}`) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw new CliError(
    EXIT.USAGE,
    `'${text}' is not a date. Give one such as 2027-01-31, 2027-01-31T12:00Z or 2027-01-31T12:00+0000.`,
  );
};

/** The expiry that the options ask for, in milliseconds since the epoch; undefined without these options. */
export const expiryAsked = (input: Input, now: number): number | undefined => {
  const [lifetime, date] = [input.text('expiresIn'), input.text('expiresAt')];
  if (lifetime !== undefined && date !== undefined) {
    throw new CliError(EXIT.USAGE, 'Use either --expires-in or --expires-at.');
  }
  if (lifetime !== undefined) return now + durationOf(lifetime);
  if (date === undefined) return undefined;
  const at = dateOf(date);
  if (at > now) return at;
  throw new CliError(EXIT.USAGE, `'${date}' is in the past. Give a date that is still to come.`);
};

/** A time as IAM writes it, `yyyy-MM-ddTHH:mm+0000`, rounded up to a full minute. */
export const iamDate = (time: number): string =>
  `${new Date(Math.ceil(time / 60_000) * 60_000).toISOString().slice(0, 16)}+0000`;

/** A time that lies back, as the server reads it: a date, or how long ago (`24h`, `30d`). */
export const momentOf = (text: string, now: number): string =>
  new Date(/^\d{1,9}[smhd]$/.test(text.trim()) ? now - durationOf(text) : dateOf(text)).toISOString();
