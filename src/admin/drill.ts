import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp } from '../app.ts';
import { findImageToPull, type ImageToPull, noteDrill, type Restorable } from '../backup/room.ts';
import { systemClock } from '../clock.ts';
import { DataFolder } from '../config/data-folder.ts';
import type { Config } from '../config/settings.ts';
import { openBlobs, openDatabase } from '../engines.ts';
import { MasterKey, resetOwnerOf } from '../identity/room.ts';
import { Scrub } from '../lifecycle/room.ts';
import { systemActor } from '../principal.ts';
import { pullForDrill } from './drill-pull.ts';
import type { RestoreArguments } from './restore-arguments.ts';
import { inspect, restoreInto } from './restore-into.ts';
import { openRestorePlaces } from './restore-places.ts';
import type { Say } from './stored-blobs.ts';

interface Drill {
  readonly config: Config & { readonly masterKey: Buffer };
  readonly snapshot: Restorable;
  readonly own: RestoreArguments;
  readonly say: Say;
}

/**
 * `tidegate restore --drill`: restores into a temporary folder (below TMPDIR), whichever engines the backup comes from,
 * reads everything against its digest, starts the server on loopback, pulls an image through its door, and removes all of it.
 * Only the note that it went well stays, in the backup target.
 */
export const drill = async ({ config, snapshot, own, say }: Drill): Promise<number> => {
  using folder = temporaryFolder();
  const masterKey = new MasterKey(config.masterKey);
  const settings = settingsFor(config, folder.path);
  const content = await inspect(snapshot, masterKey);
  let wrong: number;
  {
    await using places = await openRestorePlaces(
      settings,
      snapshot.id,
      content.head.migrations,
      snapshot.marker,
    );
    const parts = { places, snapshot, content, masterKey, clock: systemClock, say };
    wrong = (await restoreInto({ ...parts, own })).damaged;
  }
  const image = await verifyAndChoose(settings, masterKey, own, say);
  wrong += image.faults;
  if (image.chosen === undefined) say('The backup has no image with a tag: none was pulled');
  else if (!(await pulls(settings, image.chosen, say))) return failed(say, 'the image could not be pulled');
  if (wrong > 0) return failed(say, `${wrong} blobs or manifests are not what they must be`);
  await noteDrill(snapshot.target, { at: systemClock.now(), snapshot: snapshot.id });
  say(`The drill went well: ${snapshot.id} can be restored. Nothing of it is left here`);
  return 0;
};

const failed = (say: Say, reason: string): number => {
  say(`The drill failed: ${reason}`);
  return 1;
};

/** Removed at the end, and when a signal ends the command. */
const temporaryFolder = (): { path: string } & Disposable => {
  const path = mkdtempSync(join(tmpdir(), 'tidegate-drill-'));
  // before SQLite is opened for the first time: nothing of the backup gets anywhere else
  process.env.SQLITE_TMPDIR = path;
  const remove = (): void => rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  const end = (signal: NodeJS.Signals): void => {
    remove();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end);
  return { path, [Symbol.dispose]: remove };
};

/** The server's settings, but for where it keeps and listens, and for everything that reaches beyond this machine. */
const settingsFor = (config: Config, folder: string): Config => ({
  ...config,
  data: join(folder, 'data'),
  databaseUrl: undefined,
  blobsUrl: undefined,
  blobRedirect: undefined,
  listen: { host: '127.0.0.1', port: 0 },
  opsListen: undefined,
  externalUrl: undefined,
  tls: undefined,
  tlsCert: undefined,
  tlsKey: undefined,
  trustedProxies: undefined,
  computeIssuersFile: undefined,
  issuersFile: undefined,
  auditExport: undefined,
  auditExportCa: undefined,
  backupTo: undefined,
  backupEvery: undefined,
  backupRoot: undefined,
  backupPublicKey: undefined,
  logLevel: 'error',
});

interface Chosen {
  readonly faults: number;
  readonly chosen: (ImageToPull & { readonly apikey: string }) | undefined;
}

/** Before the server runs: everything is read, and the owner of an image's account gets a key, here alone. */
const verifyAndChoose = async (
  settings: Config,
  masterKey: MasterKey,
  own: RestoreArguments,
  say: Say,
): Promise<Chosen> => {
  using folder = DataFolder.open(settings.data, { lock: true });
  await using database = await openDatabase(settings, folder);
  await using blobs = await openBlobs(settings, folder, database);
  const { store } = blobs;
  let faults = 0;
  const scrub = new Scrub({ database, store, clock: systemClock }, undefined);
  for await (const event of scrub.run(new AbortController().signal))
    if (event.kind === 'finding') {
      faults++;
      if (faults <= SHOWN) say(`${event.fault}   ${event.repository ?? event.region}   ${event.digest}`);
    } else if (event.kind === 'end')
      say(
        `Verified: ${event.blobs} blobs (${event.bytes} bytes), ${event.manifests} manifests, ${faults} faults`,
      );
  const found = await findImageToPull(database.db, named(own.image));
  if (found === undefined && own.image !== undefined)
    throw new Error(`the backup has no image ${own.image} with that tag (write namespace/name:tag)`);
  if (found === undefined) return { faults, chosen: undefined };
  const actor = systemActor('restore-drill');
  const apikey = await resetOwnerOf(database, masterKey, systemClock, found.accountId, actor);
  return { faults, chosen: { ...found, apikey } };
};

const SHOWN = 20;

const named = (image: string | undefined): { repository: string; tag: string } | undefined => {
  if (image === undefined) return undefined;
  const colon = image.lastIndexOf(':');
  return colon < 0
    ? { repository: image, tag: 'latest' }
    : { repository: image.slice(0, colon), tag: image.slice(colon + 1) };
};

/** Each region has hosts of its own in production; here the image's region answers on loopback. */
const pulls = async (
  settings: Config,
  { region, repository, tag, apikey }: NonNullable<Chosen['chosen']>,
  say: Say,
): Promise<boolean> => {
  const regions = { default: region, anyHost: true, regions: [{ name: region, aliases: [], hosts: [] }] };
  await using app = await startApp(settings, regions);
  try {
    const { blobs, bytes } = await pullForDrill({ url: app.url, repository, apikey }, tag);
    say(
      `Pulled ${repository}:${tag} from a server on it: ${blobs} blobs, ${bytes} bytes, each as its digest says`,
    );
    return true;
  } catch (error) {
    say(`Not pulled: ${repository}:${tag}: ${(error as Error).message}`);
    return false;
  }
};
