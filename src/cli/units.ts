import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

const SIZES = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes as IBM's tables write them, in steps of 1024: `0 B`, `5.1 GB`, `120 MB`. */
export const size = (bytes: number): string => {
  let value = bytes;
  let step = 0;
  while (Math.round(value) >= 1024 && step < SIZES.length - 1) {
    value /= 1024;
    step++;
  }
  const rounded = value < 10 ? Math.round(value * 10) / 10 : Math.round(value);
  return `${rounded} ${SIZES[step]}`;
};

const AGES: readonly (readonly [unit: string, seconds: number])[] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

/** How long before `now` something happened, both in seconds since the epoch: `36 seconds ago`. */
export const ago = (then: number, now: number): string => {
  const seconds = Math.max(0, Math.floor(now - then));
  const [unit, length] = AGES.find(([, length]) => seconds >= length) ?? ['second', 1];
  const count = Math.floor(seconds / length);
  return `${count} ${unit}${count === 1 ? '' : 's'} ago`;
};

const LENGTHS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** A duration a person typed (`90s`, `15m`, `24h`, `30d`), in seconds. */
export const seconds = (text: string): number => {
  const [, amount = '', unit = ''] = /^([1-9]\d{0,8})([smhd])$/.exec(text.trim()) ?? [];
  const length = LENGTHS[unit];
  if (length !== undefined) return Number(amount) * length;
  throw new CliError(EXIT.USAGE, `'${text}' is no duration. Give one such as 90s, 15m, 24h or 30d.`);
};
