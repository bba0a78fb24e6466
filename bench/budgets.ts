/**
 * What one unit of each workload may cost the server: the measuring stick of the project, kept in this one file.
 * The numbers hold for a machine with two cores on loopback, with authentication and the access log on.
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

export interface Budget {
  readonly title: string;
  readonly unit: Unit;
  /** Absent where nothing is promised: the row is measured for comparison only. */
  readonly limit?: number;
}

export const BUDGETS = {
  'manifest-get': { title: 'manifest GET by tag', unit: 'request', limit: 30 },
  'manifest-head': { title: 'manifest HEAD by digest', unit: 'request' },
  'blob-get': { title: 'blob GET 4 KB', unit: 'request', limit: 60 },
  'push-large': { title: 'push 256 MB blob', unit: 'megabyte', limit: 1500 },
  'pull-large': { title: 'pull 256 MB blob', unit: 'megabyte', limit: 350 },
  'push-image': { title: 'push small image, 8 at once', unit: 'image', limit: 3 },
  token: { title: '/oauth/token with an API key', unit: 'request', limit: 120 },
  // 300 beyond the login with an API key: a signature is verified, and a session and an event are written
  'build-login': { title: '/oauth/token, first with a build’s token', unit: 'request', limit: 420 },
  'build-again': { title: 'the same token again', unit: 'request', limit: 120 },
  // "Flat" has no number of its own: twice the latency of the quiet case is the point where a person would object.
  growth: { title: 'token p99, 1000 uploads against 10', unit: 'flatness', limit: 2 },
  revocation: { title: 'use of a deleted API key', unit: 'successes', limit: 0 },
  'revocation-elsewhere': { title: 'revoked here, refused by a replica, p99', unit: 'wait', limit: 1000 },
  'peak-rss': { title: 'peak RSS under all that', unit: 'memory', limit: 160 },
} as const satisfies Record<string, Budget>;

export type BudgetName = keyof typeof BUDGETS;

export const budgetOf = (name: BudgetName): Budget => BUDGETS[name];
