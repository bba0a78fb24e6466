import { get, type PageRights, post, remove, selectFirst } from './page-rights.ts';
import type { Things } from './things.ts';

export const contentPages = ({
  name,
  namespace,
  token,
  deleted,
  protection,
}: Things): readonly PageRights[] => {
  const onNamespace = '/namespaces/:name';
  const restored = encodeURIComponent(deleted.slice(deleted.indexOf('/') + 1));
  return [
    { of: '/repositories', shows: get('/api/v1/repositories') },
    {
      of: '/namespaces',
      shows: get('/api/v1/namespaces/details'),
      buttons: { 'Add a namespace': { method: 'PUT', path: `/api/v1/namespaces/${name}-new` } },
    },
    {
      of: onNamespace,
      at: `/namespaces/${namespace}?tab=retention`,
      shows: get(`/api/v1/retentions/${namespace}`),
      before: async (visit) => {
        if ((await visit.button('Preview').count()) === 0) return;
        await visit.button('Preview').click();
        await visit.settled();
      },
      buttons: {
        'Save and run': post('/api/v1/retentions', { namespace, images_per_repo: -1, retain_untagged: true }),
      },
    },
    {
      of: onNamespace,
      at: `/namespaces/${namespace}?tab=protection`,
      shows: get(`/api/v1/namespaces/${namespace}/protections`),
      buttons: {
        'Protect tags': post(`/api/v1/namespaces/${namespace}/protections`, { tags: 'v*' }),
        Remove: remove(`/api/v1/namespaces/${namespace}/protections/${protection}`),
      },
    },
    {
      of: '/trash',
      shows: get('/api/v1/trash'),
      inRows: true,
      buttons: { Restore: post(`/api/v1/trash/${restored}/restore`) },
    },
    {
      of: '/trash',
      at: `/trash?namespace=${namespace}`,
      shows: get('/api/v1/trash'),
      buttons: { [`Empty the trash of ${namespace}`]: remove(`/api/v1/trash?namespace=${namespace}`) },
    },
    {
      of: onNamespace,
      at: `/namespaces/${namespace}`,
      shows: get(`/api/v1/repositories?namespace=${namespace}`),
      buttons: { 'Delete namespace': remove(`/api/v1/namespaces/${namespace}`) },
    },
    { of: '/retention', shows: get('/api/v1/retentions') },
    {
      of: '/registry-tokens',
      shows: get('/api/v1/tokens'),
      buttons: {
        'Create a registry token': post(`/api/v1/tokens?permanent=true&description=${name}-new`),
        Change: { method: 'PATCH', path: '/api/v1/auth', body: { registry_tokens: 'enabled' } },
        'Show value': get(`/api/v1/tokens/${token}`),
        Delete: remove(`/api/v1/tokens/${token}`),
      },
    },
  ];
};

export const imagePages = ({ image, other, host }: Things): readonly PageRights[] => {
  const of = '/repositories/*name';
  const [repository = ''] = other.split(':');
  const full = (name: string): string => encodeURIComponent(`${host}/${name}`);
  const tagging = new URLSearchParams({ fromimage: `${host}/${image}`, toimage: `${host}/${image}-again` });
  return [
    {
      of,
      at: `/repositories/${image}`,
      shows: get(`/api/v1/images/${full(image)}/json`),
      buttons: {
        'Add a tag': post(`/api/v1/images/tags?${tagging}`),
        'Remove tag': remove(`/api/v1/tags/${full(`${image}-again`)}`),
        'Delete image': remove(`/api/v1/images/${full(image)}`),
      },
    },
    {
      of,
      at: `/repositories/${repository}`,
      shows: get(`/api/v1/tags?repository=${repository}`),
      before: selectFirst,
      inRows: true,
      buttons: {
        'Remove tags': remove(`/api/v1/tags/${full(`${repository}:2`)}`),
        'Delete images': remove(`/api/v1/images/${full(other)}`),
      },
    },
  ];
};
