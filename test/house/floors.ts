/**
 * Which room may import which (ARCHITECTURE.md has the drawing). A room is a folder below src/, or a file directly in
 * it; folders below http/ are rooms of their own. `any`: the roof, which knows everyone.
 */
const WORDS = ['errors', 'entity-tag', 'clock', 'ids', 'job', 'principal', 'warning', 'oci', 'observe'];
/** The rooms between stores and doors: each is entered by room.ts and tx.ts alone. */
export const ROOMS = [
  'identity',
  'access',
  'tenancy',
  'registry',
  'lifecycle',
  'audit/events',
  'audit/refusals',
  'warnings',
];
const DOOR = [...WORDS, 'wire', ...ROOMS, 'http'];

export const MAY_IMPORT: Record<string, readonly string[] | 'any'> = {
  errors: [],
  'entity-tag': ['errors'],
  clock: [],
  ids: [],
  job: [],
  warning: [],
  principal: [],
  oci: ['errors', 'entity-tag'],
  wire: [],
  observe: ['errors'],
  blobs: ['oci', 'errors', 'observe', 'clock', 'ids'],
  database: ['oci', 'errors', 'observe', 'clock', 'ids', 'principal', 'warning'],
  'audit/events': [...WORDS, 'database'],
  identity: [...WORDS, 'database', 'audit/events'],
  access: [...WORDS, 'database', 'audit/events', 'identity'],
  tenancy: [...WORDS, 'database', 'audit/events', 'identity', 'access'],
  registry: [...WORDS, 'database', 'blobs', 'audit/events', 'identity', 'access', 'tenancy'],
  lifecycle: [...WORDS, 'database', 'blobs', 'audit/events', 'identity', 'access', 'tenancy', 'registry'],
  'audit/refusals': [...WORDS, 'database', 'identity', 'access', 'audit/events'],
  warnings: [...WORDS, 'database', 'identity', 'lifecycle', 'audit/events'],
  jobs: [...WORDS, ...ROOMS],
  // the hall the doors share; it opens them
  http: [
    ...DOOR,
    'http/v2',
    'http/token',
    'http/identity',
    'http/access',
    'http/v1',
    'http/audit',
    'http/ops',
    'http/docs',
    'http/users',
  ],
  'http/v2': [...DOOR, 'http/audit'],
  'http/token': DOOR,
  'http/identity': DOOR,
  'http/access': DOOR,
  'http/v1': DOOR,
  'http/audit': DOOR,
  'http/ops': DOOR,
  'http/docs': DOOR,
  'http/users': DOOR,
  client: ['wire'],
  cli: ['client', 'wire', 'clock'],
  machine: [...WORDS, 'database', 'jobs', 'warnings'],
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
  database: ['kysely', 'kysely/migration', 'lru-cache', 'pg'],
  identity: ['jose', 'kysely', 'lru-cache'],
  access: ['kysely', 'lru-cache'],
  registry: ['kysely', 'lru-cache'],
  tenancy: ['kysely'],
  lifecycle: ['kysely'],
  'audit/events': ['kysely'],
  'audit/refusals': ['kysely'],
  http: [
    '@opentelemetry/api',
    'fastify',
    'lru-cache',
    '@fastify/type-provider-typebox',
    '@fastify/swagger',
    'typebox',
    'typebox/compile',
  ],
  'http/v2': ['lru-cache'],
  'http/token': ['fastify'],
  'http/identity': ['fastify', 'typebox'],
  'http/access': ['fastify', 'typebox'],
  'http/v1': ['fastify', 'typebox'],
  'http/ops': ['fastify'],
  'http/docs': ['fastify', '@fastify/swagger'],
  'http/users': ['fastify', 'typebox'],
  machine: ['prom-client'],
  warnings: ['kysely'],
  config: ['yaml'],
  cli: ['commander', '@inquirer/prompts', '@bomb.sh/tab', 'typebox'],
  client: ['typebox', 'typebox/compile'],
};
