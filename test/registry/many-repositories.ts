import { DatabaseSync } from 'node:sqlite';

export const REPOSITORIES = 100_000;
/** Of each repository. */
export const IMAGES = 2;
/** Of each image. */
export const TAGS = 5;

/** 10^5 repositories of a namespace with 10^6 tags, written beside the server. */
export const fillRepositories = (file: string, namespace: string): void => {
  const database = new DatabaseSync(file);
  database.exec('pragma busy_timeout = 60000; pragma synchronous = off; pragma cache_size = -200000; begin');
  const numbers = (name: string, count: number): string =>
    `${name}(n) as (select 0 union all select n + 1 from ${name} where n + 1 < ${count})`;
  const digest = `'sha256:' || printf('%064x', i.n * ${REPOSITORIES} + r.n)`;
  database.exec(`
    with recursive ${numbers('r', REPOSITORIES)}
    insert into repositories (id, namespace_id, region_id, name, created_at)
      select printf('r%06d', r.n), namespaces.id, region_id, namespaces.name || printf('/r%06d', r.n), 0
      from r cross join namespaces where namespaces.name = '${namespace}';
    with recursive ${numbers('r', REPOSITORIES)}, ${numbers('i', IMAGES)}
    insert into manifests (repository_id, digest, media_type, annotations, image_size, content, created_at, created_by)
      select printf('r%06d', r.n), ${digest}, 'application/vnd.oci.image.index.v1+json', '{}', 7, x'7b7d', 0, 'x'
      from r cross join i;
    with recursive ${numbers('r', REPOSITORIES)}, ${numbers('i', IMAGES)}, ${numbers('t', TAGS)}
    insert into tags (repository_id, name, digest, updated_at)
      select printf('r%06d', r.n), i.n || '-' || t.n, ${digest}, 0 from r cross join i cross join t;
    commit`);
  database.close();
};
