/**
 * What one unit of each workload may cost the server: the measuring stick of the project, kept in this one file.
 * Where it can be, a limit is a ratio to something that ran beside it in the same run, so that it means the same on every
 * machine. The numbers hold on loopback, with authentication and the access log on.
 */

/** How a measured value is written. `perSecond`: how many of the unit one second of CPU time is. */
export const UNITS = {
  request: { label: 'µs/req', perSecond: 1e6 },
  megabyte: { label: 'µs/MB', perSecond: 1e6 },
  image: { label: 'ms/image', perSecond: 1e3 },
  flatness: { label: '× p99', perSecond: 1 },
  successes: { label: 'successes', perSecond: 1 },
  wait: { label: 'ms', perSecond: 1e3 },
  memory: { label: 'MB', perSecond: 1 },
} as const;

export type Unit = keyof typeof UNITS;

/** What a value is divided by before it is compared with its limit; without one, the limit is in the row's own unit. */
export type Beside = keyof typeof BESIDES;

export const BESIDES = {
  /** A bare node:http server, which the bench starts for the rows that need it. */
  node: '× Node',
  /** Debian's docker-registry (`--peer`). */
  peer: '× peer',
  /** The Tidegate of another checkout (`--beside`): the limits are for 6e5a00d. */
  beside: '× beside',
} as const;

export interface Limit {
  readonly must: number;
  /** What we would like it to be. */
  readonly aim?: number;
  readonly of?: Beside;
}

export interface Budget {
  readonly title: string;
  readonly unit: Unit;
  /** Absent where nothing is promised: the row is measured for comparison only. */
  readonly limit?: Limit;
}

export const BUDGETS = {
  'manifest-get': {
    title: 'manifest GET by tag',
    unit: 'request',
    limit: { must: 3.5, aim: 2.5, of: 'node' },
  },
  'manifest-head': {
    title: 'manifest HEAD by digest',
    unit: 'request',
    limit: { must: 4, aim: 3, of: 'node' },
  },
  'blob-get': { title: 'blob GET 4 KB', unit: 'request', limit: { must: 4, aim: 3, of: 'node' } },
  'push-large': { title: 'push 256 MB blob', unit: 'megabyte', limit: { must: 1, aim: 0.85, of: 'peer' } },
  'pull-large': { title: 'pull 256 MB blob', unit: 'megabyte', limit: { must: 1, aim: 0.9, of: 'peer' } },
  'push-image': {
    title: 'push small image, 8 at once',
    unit: 'image',
    limit: { must: 0.7, of: 'beside' },
  },
  token: {
    title: '/oauth/token with an API key',
    unit: 'request',
    limit: { must: 6, aim: 4, of: 'node' },
  },
  // 300 beyond the login with an API key: a signature is verified, and a session and an event are written
  'build-login': { title: '/oauth/token, first with a build’s token', unit: 'request', limit: { must: 420 } },
  'build-again': { title: 'the same token again', unit: 'request', limit: { must: 6, aim: 4, of: 'node' } },
  // "Flat" has no number of its own: twice the latency of the quiet case is the point where a person would object.
  growth: { title: 'token p99, 1000 uploads against 10', unit: 'flatness', limit: { must: 2 } },
  revocation: { title: 'use of a deleted API key', unit: 'successes', limit: { must: 0 } },
  'revocation-elsewhere': {
    title: 'revoked here, refused by a replica, p99',
    unit: 'wait',
    limit: { must: 1000 },
  },
  'peak-rss': { title: 'peak RSS under all that', unit: 'memory', limit: { must: 160 } },
} as const satisfies Record<string, Budget>;

export type BudgetName = keyof typeof BUDGETS;

export const budgetOf = (name: BudgetName): Budget => BUDGETS[name];
