import { get, type PageRights, post, remove, stale, typeInto } from './page-rights.ts';
import type { Things } from './things.ts';

export const accountPages = ({ home, name, webhook }: Things): readonly PageRights[] => {
  const hook = `/api/v1/webhooks/${webhook}`;
  const adding = post('/api/v1/webhooks', {
    name,
    url: 'https://receiver.invalid/hook',
    events: ['image.deleted'],
  });
  return [
    { of: '/webhooks', shows: get('/api/v1/webhooks'), buttons: { 'Add a webhook': adding } },
    {
      of: '/webhooks/:id',
      at: `/webhooks/${webhook}`,
      shows: get(hook),
      buttons: {
        'Send a test': post(`${hook}/test`),
        Disable: stale('PATCH', hook, { enabled: false }),
        Change: stale('PATCH', hook, { name }),
        'New secret': post(`${hook}/rotate`, {}),
        'Delete webhook': remove(hook),
      },
    },
    {
      of: '/quota',
      shows: get('/api/v1/quotas'),
      buttons: {
        'Change the limits': { method: 'PATCH', path: '/api/v1/quotas', body: { storage_megabytes: -1 } },
      },
    },
    {
      of: '/settings',
      shows: get(`/v1/accounts/${home}/settings/identity`),
      before: typeInto('Allowed addresses', '127.0.0.1'),
      buttons: {
        Save: stale('PUT', `/v1/accounts/${home}/settings/identity`, {
          session_expiration_in_seconds: '80000',
        }),
        Change: { method: 'PATCH', path: '/api/v1/auth', body: { registry_tokens: 'enabled' } },
      },
    },
    {
      of: '/audit',
      shows: get('/api/v1/audit/events'),
      buttons: { 'Save as a file': get('/api/v1/audit/events/export') },
    },
  ];
};

export const operatorPages = ({ name, account, suspendedAccount }: Things): readonly PageRights[] => {
  const dry = post('/api/v1/gc/runs', { dry_run: true });
  return [
    {
      of: '/operator/accounts',
      shows: get('/api/v1/accounts'),
      buttons: {
        'Create an account': post('/api/v1/accounts', { name: `${name}-new` }),
        Suspend: post(`/api/v1/accounts/${account}/suspend`, {}),
        Resume: post(`/api/v1/accounts/${suspendedAccount}/resume`, {}),
      },
    },
    {
      of: '/operator/collection',
      shows: get('/api/v1/gc'),
      buttons: { 'Run now': dry, 'Dry run': dry, 'Verify all bytes': post('/api/v1/gc/verify', {}) },
    },
    {
      of: '/operator/backups',
      shows: get('/api/v1/backups'),
      buttons: { 'Back up now': post('/api/v1/backups', {}) },
    },
    {
      of: '/operator/system',
      shows: get('/api/v1/warnings?account=all'),
      buttons: { 'Look now': post('/api/v1/warnings/looks') },
    },
    {
      of: '/issuers',
      shows: get('/api/v1/issuers'),
      row: 'issuer.invalid',
      buttons: { Disable: { method: 'PATCH', path: '/api/v1/issuers/ci', body: { state: 'enabled' } } },
    },
  ];
};
