import { computeIssuers } from './compute-issuers.ts';
import { issuersFile } from './issuers.ts';
import * as value from './values.ts';

interface Setting<Value> {
  readonly env: string;
  readonly parse: (text: string) => Value;
  /** The default, as a person would type it. Undefined: the setting may be absent. */
  readonly fallback?: string;
  readonly doc: string;
  /** A secret: never printed, and taken out of the environment once read. */
  readonly secret?: true;
  /** The value may also be given as the content of the file that `<env>_FILE` names. */
  readonly fromFile?: true;
}

const setting = <Value, const Fallback extends string | undefined>(
  row: Setting<Value> & { fallback?: Fallback },
) => row as Setting<Value> & (Fallback extends string ? { fallback: string } : { fallback?: undefined });

/** Every setting there is. The flag is the key with dashes (--data), the YAML key is the key with underscores. */
export const SETTINGS = {
  listen: setting({
    env: 'TIDEGATE_LISTEN',
    parse: value.address,
    fallback: '127.0.0.1:5000',
    doc: 'Address of the one listener for all doors; port 0 takes a free one.',
  }),
  opsListen: setting({
    env: 'TIDEGATE_OPS_LISTEN',
    parse: value.address,
    doc: 'Address for /metrics, /readyz and /healthz alone, to every caller that reaches it. Without it, on the main listener, /readyz and /healthz answer loopback callers, and /metrics answers an operator with an access token.',
  }),
  data: setting({
    env: 'TIDEGATE_DATA',
    parse: value.path,
    fallback: './data',
    doc: 'Folder of everything: database, blobs, master key. A lock in it refuses a second server.',
  }),
  databaseUrl: setting({
    env: 'TIDEGATE_DATABASE_URL',
    parse: value.text,
    secret: true,
    doc: 'postgres://… to keep metadata in PostgreSQL (13 or newer; ?max= bounds its connections, 10 by default); without it SQLite in the data folder.',
  }),
  blobsUrl: setting({
    env: 'TIDEGATE_BLOBS_URL',
    parse: value.bucket,
    doc: 's3://bucket/prefix?endpoint=…&region=…&path_style=true to keep blobs in S3 (public_endpoint= where clients reach it under another address, for redirects); without it files in the data folder.',
  }),
  masterKey: setting({
    env: 'TIDEGATE_MASTER_KEY',
    parse: value.key32,
    secret: true,
    fromFile: true,
    doc: 'The master key, 32 bytes in base64. Without it one is created in the data folder; with PostgreSQL it must be given.',
  }),
  externalUrl: setting({
    env: 'TIDEGATE_EXTERNAL_URL',
    parse: value.origin,
    doc: 'Address under which clients reach the registry: token issuer, realm and image names. Required with a wildcard listen address, several regions or PostgreSQL; replicas share one.',
  }),
  trustedProxies: setting({
    env: 'TIDEGATE_TRUSTED_PROXIES',
    parse: value.cidrs,
    doc: 'Addresses of the proxies whose X-Forwarded-For, -Proto and -Host count, for client address, scheme and host. Name exact addresses: every machine in a network named here can state any client address.',
  }),
  insecureHttp: setting({
    env: 'TIDEGATE_INSECURE_HTTP',
    parse: value.boolean,
    fallback: 'false',
    doc: 'Start plain HTTP beyond loopback even without an https external URL.',
  }),
  tls: setting({
    env: 'TIDEGATE_TLS',
    parse: value.tls,
    doc: 'TLS on the listener by one setting: self-signed (the server makes a CA in the data folder and a certificate for its names, and renews it), a folder with tls.crt and tls.key or with fullchain.pem and privkey.pem, or one PEM file with certificate and key; read again when they change.',
  }),
  tlsCert: setting({
    env: 'TIDEGATE_TLS_CERT',
    parse: value.path,
    doc: 'Certificate chain (PEM) for TLS on the listener; read again when the file changes.',
  }),
  tlsKey: setting({
    env: 'TIDEGATE_TLS_KEY',
    parse: value.path,
    doc: 'Private key (PEM) for TLS on the listener; read again when the file changes.',
  }),
  regionsFile: setting({
    env: 'TIDEGATE_REGIONS_FILE',
    parse: value.path,
    doc: 'YAML file of the regions with their hosts and aliases; without it one region, local, on any host.',
  }),
  registryTokenTtl: setting({
    env: 'TIDEGATE_REGISTRY_TOKEN_TTL',
    parse: value.duration,
    fallback: '24h',
    doc: 'Lifetime of an expiring registry token.',
  }),
  identityTokens: setting({
    env: 'TIDEGATE_IDENTITY_TOKENS',
    parse: value.boolean,
    fallback: 'false',
    doc: 'Give docker an identity token at login instead of letting it keep the password.',
  }),
  computeIssuersFile: setting({
    env: 'TIDEGATE_COMPUTE_ISSUERS_FILE',
    parse: computeIssuers,
    doc: 'YAML file of the Kubernetes clusters whose service accounts may become trusted profiles: issuer, audiences, cr_type, crn and their keys. Without it none may.',
  }),
  issuersFile: setting({
    env: 'TIDEGATE_ISSUERS_FILE',
    parse: issuersFile,
    doc: 'YAML file of the issuers whose tokens let workloads become trusted profiles without a stored secret (GitHub Actions, GitLab, Kubernetes and others), and of the identity providers through which people sign in; read again when it changes. Without it there are none.',
  }),
  blobRedirect: setting({
    env: 'TIDEGATE_BLOB_REDIRECT',
    parse: value.offOr(5 * 60_000),
    fallback: 'off',
    doc: 'off, or a duration up to 5m: reads of blobs beyond 64 KiB are redirected to presigned S3 URLs of that lifetime, on another host name. Such a URL outlives a revocation by its lifetime.',
  }),
  sendFile: setting({
    env: 'TIDEGATE_SEND_FILE',
    parse: value.sendFile,
    doc: 'x-accel:/prefix/: what the registry answers to a pull of a blob beyond 64 KiB, after every check, is an X-Accel-Redirect below that address, and nginx sends the file. Only to TIDEGATE_TRUSTED_PROXIES; all of them must be nginx with that location, and read the data folder.',
  }),
  sparseIndex: setting({
    env: 'TIDEGATE_SPARSE_INDEX',
    parse: value.boolean,
    fallback: 'false',
    doc: 'Accept image indexes whose children are absent.',
  }),
  gcGrace: setting({
    env: 'TIDEGATE_GC_GRACE',
    parse: value.duration,
    fallback: '24h',
    doc: 'How long garbage collection leaves what no manifest refers to, counted from when it was last pushed, mounted or looked for. Longer than the longest push takes.',
  }),
  trashRetention: setting({
    env: 'TIDEGATE_TRASH_RETENTION',
    parse: value.duration,
    fallback: '30d',
    doc: 'How long a deleted image can be restored. It counts for what is deleted from then on.',
  }),
  trashLimit: setting({
    env: 'TIDEGATE_TRASH_LIMIT',
    parse: value.size,
    fallback: '100gb',
    doc: 'What the trash of an account without a storage quota may hold; with one, its quota. Above it the oldest images go before their time.',
  }),
  auditRetention: setting({
    env: 'TIDEGATE_AUDIT_RETENTION',
    parse: value.duration,
    fallback: '400d',
    doc: 'How long events of the audit log stay after they were sealed. The seals are never removed; events of a held account stay until the hold is lifted.',
  }),
  auditPullRetention: setting({
    env: 'TIDEGATE_AUDIT_PULL_RETENTION',
    parse: value.duration,
    fallback: '90d',
    doc: 'The same for events of pulls.',
  }),
  auditExport: setting({
    env: 'TIDEGATE_AUDIT_EXPORT',
    parse: value.exportTarget,
    doc: 'Where the server sends the audit log by itself: file:/path (a line of JSON for each event is added), or syslog+tls://host:6514 (RFC 5424 over TLS). One replica sends at a time. Without it the log goes nowhere.',
  }),
  auditExportCa: setting({
    env: 'TIDEGATE_AUDIT_EXPORT_CA',
    parse: value.path,
    doc: 'Certificates (PEM) of the authorities that may vouch for the receiver of syslog+tls; read again for each connection. Without it the usual ones.',
  }),
  webhooksAllow: setting({
    env: 'TIDEGATE_WEBHOOKS_ALLOW',
    parse: value.receivers,
    doc: 'Receivers of webhooks beside those on the Internet: networks such as 10.0.0.0/8, addresses and host names, separated by commas. Plain http works to these alone. Without it webhooks reach nothing inside.',
  }),
  backupTo: setting({
    env: 'TIDEGATE_BACKUP_TO',
    parse: value.backupPlace,
    doc: 'Where backups go when nothing else is said: a folder, or s3://bucket/prefix with the parameters of TIDEGATE_BLOBS_URL. What is revoked goes there too, within seconds.',
  }),
  backupEvery: setting({
    env: 'TIDEGATE_BACKUP_EVERY',
    parse: value.durationFrom(1),
    doc: 'How often a backup to TIDEGATE_BACKUP_TO is made by itself, such as 24h; at least 1m. Without it none is.',
  }),
  backupRoot: setting({
    env: 'TIDEGATE_BACKUP_ROOT',
    parse: value.backupPlace,
    doc: 'The folder, or s3://bucket/prefix, below which an operator may have a running server write backups. Without it the folder backups beside the data folder.',
  }),
  backupPublicKey: setting({
    env: 'TIDEGATE_BACKUP_PUBLIC_KEY',
    parse: value.text,
    fromFile: true,
    doc: 'The public key that new backup targets are sealed to, as tidegate backup keygen makes it (PEM).',
  }),
  logLevel: setting({
    env: 'TIDEGATE_LOG_LEVEL',
    parse: value.oneOf('debug', 'info', 'warn', 'error', 'silent'),
    fallback: 'info',
    doc: 'What is logged, as JSON lines on standard error; info has one line per request.',
  }),
  drain: setting({
    env: 'TIDEGATE_DRAIN',
    parse: value.durationUpTo(24),
    fallback: '30s',
    doc: 'How long transfers may still run after SIGTERM before they are cut.',
  }),
  bootstrapAccount: setting({
    env: 'TIDEGATE_BOOTSTRAP_ACCOUNT',
    parse: value.text,
    fallback: 'default',
    doc: 'Name of the first account; read only while no account exists.',
  }),
  bootstrapApikey: setting({
    env: 'TIDEGATE_BOOTSTRAP_APIKEY',
    parse: value.longSecret,
    secret: true,
    fromFile: true,
    doc: "The first owner's API key, 32 characters or more; read only while no account exists. Without it one is made and left in the file owner-apikey of the data folder.",
  }),
} as const;

export type SettingKey = keyof typeof SETTINGS;

/** The settings in force, parsed. Those without a default may be undefined. */
export type Config = {
  readonly [Key in SettingKey]:
    | ReturnType<(typeof SETTINGS)[Key]['parse']>
    | ((typeof SETTINGS)[Key] extends { fallback: string } ? never : undefined);
};

export const flagOf = (key: SettingKey): string =>
  `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

export const yamlKeyOf = (key: SettingKey): string =>
  key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
