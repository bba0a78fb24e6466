/** What a warning is about. A closed set: metrics carry it as a label, and docs/operate/alerts.md explains each. */
export const WARNING_KINDS = [
  'api-key-ends',
  'registry-token-ends',
  'invitation-ends',
  'policy-ends',
  'certificate-ends',
  'api-key-sleeps',
  'registry-token-sleeps',
  'storage-quota-fills',
  'traffic-quota-fills',
  'disk-fills',
  'database-log-grows',
  'collection-fails',
  'retention-fails',
  'job-fails',
  'backup-fails',
  'audit-seal-fails',
  'webhook-fails',
  'issuer-fails',
] as const;

export type WarningKind = (typeof WARNING_KINDS)[number];

/** Something ends, sleeps, fills or fails, and a person has to do something about it. */
export interface Warning {
  readonly kind: WarningKind;
  /** Undefined: it concerns the installation, and is for its operator. */
  readonly accountId: string | undefined;
  /** The id of what it is about; one of a kind has one warning. */
  readonly target: string;
  /** What people call it. */
  readonly name: string;
  /** The lower, the more urgent. It is told again when it gets lower: of what ends, 30, 7 and 1 days before. */
  readonly level: number;
  /** Epoch milliseconds: when it ends, or since when it is so. */
  readonly at: number;
  /** A short sentence: what is so. */
  readonly says: string;
  /** The command that mends it. */
  readonly mend: string;
}

export interface WarningPage {
  readonly warnings: readonly Warning[];
  /** Where the next page begins; undefined after the last one. */
  readonly next: string | undefined;
}

/**
 * Finds the warnings of one kind. A room lists its own, and the one list of warnings collects them: a page looks at
 * 200 rows at most, and what a whole run does not find any more is no warning any more.
 */
export interface WarningSource {
  readonly kind: WarningKind;
  /** Whose it is: the installation's, looked for by one replica, or of the process and its machine. */
  readonly of: 'installation' | 'process';
  /** Milliseconds from one look to the next, where an hour is too often: for what is walked through row by row. */
  readonly every?: number;
  find(now: number, after: string | undefined): Promise<WarningPage>;
}

const DAY = 24 * 3_600_000;
export const DAYS_BEFORE = [1, 7, 30] as const;
/** What ends is told of so long before. */
export const FIRST_TOLD = 30 * DAY;

/**
 * How many days before its end something is warned of now: 30, 7 or 1; undefined: not yet. What lives less than twice as
 * long is not warned of so early: it would begin its life with a warning.
 */
export const levelOfEnd = (endsAt: number, now: number, since: number): number | undefined => {
  const left = endsAt - now;
  if (left <= 0) return undefined;
  return DAYS_BEFORE.find((days) => left <= days * DAY && endsAt - since >= 2 * days * DAY);
};

/** `in 6 days`, `in 5 hours`, `in less than an hour`. */
export const printLeft = (endsAt: number, now: number): string => {
  const hours = Math.floor((endsAt - now) / 3_600_000);
  if (hours < 1) return 'in less than an hour';
  if (hours < 48) return `in ${hours} hours`;
  return `in ${Math.floor(hours / 24)} days`;
};

/**
 * A text from others as one argument of a command that a person pastes into a shell: an e-mail address may hold `$(…)` or
 * a semicolon.
 */
export const argumentOf = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** On one line: a name with a line feed would look like a warning of its own, with a command of its own. */
export const onOneLine = (text: string): string => text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');

/** A page without anything. */
export const NO_WARNINGS: WarningPage = { warnings: [], next: undefined };

/** Where a page of what ends goes on: a time and an id. */
export const printEnd = (at: number, id: string): string => `${at}/${id}`;

export const parseEnd = (text: string | undefined, from: number): { at: number; id: string } => {
  if (text === undefined) return { at: from, id: '' };
  const slash = text.indexOf('/');
  return { at: Number(text.slice(0, slash)), id: text.slice(slash + 1) };
};
