import type { AuditedEvent } from './audited-event.ts';

export type Severity = 'normal' | 'warning' | 'critical';

type Told = Pick<AuditedEvent, 'action' | 'outcome' | 'status'>;

const CRITICAL_STATUS = new Set([401, 403, 503, 507]);

/** Deletions, and changes of what gives access. */
const CRITICAL =
  /\.(delete|untag|bulkdelete|remove|revoke|retire|rotate|lost)$|apikey\.|registrytoken\.|password\./;
/** Other changes. */
const WARNING =
  /\.(update|set|tag|lock|unlock|enable|disable|restrict|release|assign|trust|distrust|suspend|resume|raise)$/;

/** How serious an event is, as IBM's Activity Tracker grades them. */
export const severityOf = ({ action, outcome, status }: Told): Severity => {
  if (outcome === 'failure') return CRITICAL_STATUS.has(status ?? 0) ? 'critical' : 'warning';
  if (CRITICAL.test(action)) return 'critical';
  return WARNING.test(action) ? 'warning' : 'normal';
};

const DATA = new Set(
  ['build', 'bulkdelete', 'delete', 'pull', 'push'].map((verb) => `container-registry.image.${verb}`),
);

/** Whether an event is about the content that users keep here, and not about how it is managed. */
export const isDataEvent = ({ action }: Pick<AuditedEvent, 'action'>): boolean => DATA.has(action);
