/**
 * Which room may import which (ARCHITECTURE.md has the drawing). A room is a folder below src/, or a file directly in
 * it; folders below http/ are rooms of their own. `any`: the roof, which knows everyone.
 */
const WORDS = ['errors', 'entity-tag', 'clock', 'ids', 'principal', 'oci', 'observe'];
const ROOMS = ['identity', 'access', 'tenancy', 'registry', 'lifecycle', 'audit'];
const DOOR = [...WORDS, 'wire', ...ROOMS, 'http'];

export const MAY_IMPORT: Record<string, readonly string[] | 'any'> = {
  errors: [],
  'entity-tag': ['errors'],
  clock: [],
  ids: [],
  principal: [],
  oci: ['errors'],
  wire: [],
  observe: ['errors'],
  blobs: ['oci', 'errors', 'observe', 'clock', 'ids'],
  metadata: ['oci', 'errors', 'observe', 'clock', 'ids', 'principal'],
  identity: [...WORDS, 'metadata'],
  access: [...WORDS, 'metadata'],
  tenancy: [...WORDS, 'metadata'],
  registry: [...WORDS, 'metadata', 'blobs', 'tenancy'],
  audit: [...WORDS, 'metadata', 'access'],
  lifecycle: [...WORDS, 'metadata', 'blobs'],
  jobs: [...WORDS, ...ROOMS],
  // the hall the doors share; it opens them
  http: [
    ...DOOR,
    'http/v2',
    'http/token',
    'http/identity',
    'http/access',
    'http/v1',
    'http/ops',
    'http/docs',
    'http/users',
  ],
  'http/v2': DOOR,
  'http/token': DOOR,
  'http/identity': DOOR,
  'http/access': DOOR,
  'http/v1': DOOR,
  'http/ops': DOOR,
  'http/docs': DOOR,
  'http/users': DOOR,
  client: ['wire'],
  cli: ['client', 'wire', 'clock'],
  app: 'any',
  engines: 'any',
  admin: 'any',
  config: 'any',
  main: 'any',
  writes: 'any',
};

/** Only these may be imported from the roof: nothing below it knows how it is put together. */
export const ROOF = ['app', 'engines', 'admin', 'config', 'main', 'writes'];

/** Packages a room may use beside Node's own; a room that is not listed uses none. */
export const PACKAGES: Record<string, readonly string[]> = {
  wire: ['typebox'],
  observe: ['pino', 'prom-client'],
  blobs: ['@aws-sdk/client-s3', '@aws-sdk/s3-request-presigner', 'lru-cache'],
  metadata: ['kysely', 'kysely/migration', 'lru-cache', 'pg'],
  identity: ['jose', 'lru-cache'],
  access: ['lru-cache'],
  registry: ['lru-cache'],
  http: ['fastify', 'lru-cache', '@fastify/type-provider-typebox', '@fastify/swagger'],
  'http/v2': ['lru-cache'],
  'http/token': ['fastify'],
  'http/identity': ['fastify', 'typebox'],
  'http/access': ['fastify', 'typebox'],
  'http/v1': ['fastify', 'typebox'],
  'http/ops': ['fastify'],
  'http/docs': ['fastify', '@fastify/swagger'],
  'http/users': ['fastify', 'typebox'],
  config: ['yaml'],
  cli: ['commander', '@inquirer/prompts', '@bomb.sh/tab', 'typebox'],
  client: ['typebox', 'typebox/compile'],
};
