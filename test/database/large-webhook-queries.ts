import type { Db } from '../../src/database/database.ts';
import * as deliveries from '../../src/webhooks/deliveries/rows.ts';
import * as hooks from '../../src/webhooks/hooks/rows.ts';

/** Of hooks, of which each account has a few, and of their deliveries. */
export const WEBHOOK_QUERIES: Readonly<Record<string, (db: Db) => Promise<unknown>>> = {
  'the hooks of an account': (db) => hooks.hooksOfAccount(db, 'a5'),
  'hooks of some accounts that are switched on': (db) => hooks.enabledHooksOf(db, ['a5', 'a6']),
  'a page of hooks': (db) => hooks.hooksAfter(db, 'w5', 10),
  'a delivery': (db) => deliveries.findDelivery(db, 'w5', 'd5'),
  'a page of deliveries': (db) =>
    deliveries.listDeliveries(db, { hookId: 'w5', state: undefined, after: 'd9', limit: 10 }),
  'a page of deliveries in one state': (db) =>
    deliveries.listDeliveries(db, { hookId: 'w5', state: 'failed', after: 'd9', limit: 10 }),
  'what is due': (db) => deliveries.dueDeliveries(db, 'w5', 50_000, 10),
  'hooks for which something is due': (db) => deliveries.hooksWithDue(db, ['w5', 'w6'], 50_000),
  'how many wait for a hook': (db) => deliveries.countPending(db, 'w5'),
};
