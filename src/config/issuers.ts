import { stat } from 'node:fs/promises';
import {
  type DeclaredIssuer,
  type IssuerSource,
  isFetchable,
  PRESETS,
  type Preset,
  presetOfIss,
  publicKeysOf,
} from '../identity/room.ts';
import { peopleOf } from './people-client.ts';
import { SettingError } from './values.ts';
import { readYaml, recordOf, refuseOthers, textOf, textsOf } from './yaml-file.ts';

type PresetName = keyof typeof PRESETS;

const MOST_ISSUERS = 100;

/** The file that TIDEGATE_ISSUERS_FILE names, read again when it or a file it names has changed. */
export class IssuersFile implements IssuerSource {
  readonly #path: string;
  #files: readonly string[];
  #stamps = '';

  /** Throws a SettingError: a server does not start with a file that is not valid. */
  constructor(path: string) {
    this.#path = path;
    this.#files = readFile(path).files;
  }

  async read(): Promise<readonly DeclaredIssuer[] | undefined> {
    const stamps = (await Promise.all(this.#files.map(stampOf))).join(' ');
    if (stamps === this.#stamps) return undefined;
    this.#stamps = stamps;
    const { issuers, files } = readFile(this.#path);
    this.#files = files;
    return issuers;
  }
}

export const issuersFile = (path: string): IssuersFile => new IssuersFile(path);

interface Read {
  readonly issuers: readonly DeclaredIssuer[];
  /** It, and the key files it names. */
  readonly files: readonly string[];
}

const stampOf = async (path: string): Promise<string> => {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found ? `${found.ino}.${found.mtimeNs}.${found.size}` : 'absent';
};

const readFile = (path: string): Read => {
  const { issuers, ...others } = recordOf(readYaml(path), 'the file');
  refuseOthers(others, 'the file');
  if (!Array.isArray(issuers) || issuers.length > MOST_ISSUERS)
    throw new SettingError(
      `names a file that does not begin with "issuers:" and a list of at most ${MOST_ISSUERS}`,
    );
  const files = [path];
  const declared = issuers.map((issuer, index) => issuerOf(issuer, `issuer ${index + 1}`, files));
  const names = declared.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new SettingError(`has two issuers named ${twice}`);
  const clash = declared.find((each, index) =>
    declared
      .slice(0, index)
      .some(
        ({ issuer, audiences, people }) =>
          issuer === each.issuer &&
          audiencesIn({ audiences, people }).some((name) => audiencesIn(each).includes(name)),
      ),
  );
  // the audience alone tells two clusters with one name apart
  if (clash)
    throw new SettingError(
      `${clash.name} has the issuer and an audience or client_id of another one: give each its own audience`,
    );
  return { issuers: declared, files };
};

/** What its tokens are for: those of workloads, and those of people. */
const audiencesIn = ({
  audiences,
  people,
}: Pick<DeclaredIssuer, 'audiences' | 'people'>): readonly string[] =>
  people === undefined ? audiences : [...audiences, people.clientId];

const issuerOf = (value: unknown, at: string, files: string[]): DeclaredIssuer => {
  const {
    name,
    preset,
    issuer: given,
    audiences,
    jwks_file,
    discovery,
    accounts,
    for: uses,
    ...others
  } = recordOf(value, at);
  const isFor = usesOf(uses, at);
  if (isFor.people && jwks_file !== undefined)
    throw new SettingError(`${at} is for people, who need its discovery document: jwks_file cannot be given`);
  const { people, rest } = peopleOf(others, isFor.people, at, files);
  refuseOthers(rest, at);
  const presetName = preset === undefined ? undefined : presetNamed(preset, at);
  const known: Preset | undefined = presetName && PRESETS[presetName];
  const issuer = textOf(given ?? known?.issuer, at, 'issuer', 500);
  return {
    name: nameOf(name, at),
    preset: presetFor(issuer, presetName, at),
    issuer,
    audiences: audiencesOf(audiences, isFor, people?.clientId, at),
    keys: keysOf({ jwks_file, discovery }, issuer, at, files),
    accounts: accounts === undefined ? undefined : textsOf(accounts, at, 'accounts', 100),
    forWorkloads: isFor.workloads,
    people,
  };
};

interface Uses {
  readonly workloads: boolean;
  readonly people: boolean;
}

const usesOf = (value: unknown, at: string): Uses => {
  const uses = value === undefined ? ['workloads'] : textsOf(value, at, 'for', 20);
  if (uses.some((use) => use !== 'workloads' && use !== 'people'))
    throw new SettingError(`${at}: for can have workloads and people`);
  return { workloads: uses.includes('workloads'), people: uses.includes('people') };
};

/** A token of a workload is never one of a person's sign-in: those are for the client. */
const audiencesOf = (
  value: unknown,
  isFor: Uses,
  clientId: string | undefined,
  at: string,
): readonly string[] => {
  if (!isFor.workloads && value !== undefined)
    throw new SettingError(`${at} has audiences, which are for workloads: for has people alone`);
  const audiences = isFor.workloads ? textsOf(value, at, 'audiences', 500) : [];
  if (clientId !== undefined && audiences.includes(clientId))
    throw new SettingError(`${at} has its client_id as an audience: workloads need another one`);
  return audiences;
};

/** It stands in commands and in tokens: no dots, no slashes. */
const nameOf = (value: unknown, at: string): string => {
  const name = textOf(value, at, 'name', 63);
  if (/^[a-z0-9][a-z0-9-]*$/.test(name)) return name;
  throw new SettingError(`${at}: a name has lower case letters, digits and -`);
};

const presetNamed = (value: unknown, at: string): PresetName => {
  const found = (Object.keys(PRESETS) as PresetName[]).find((each) => each === value);
  if (found) return found;
  throw new SettingError(`${at}: preset must be one of ${Object.keys(PRESETS).join(', ')}`);
};

/** A known platform has its preset, also where none is given: without its bindings, rules would trust anyone's builds. */
const presetFor = (issuer: string, given: PresetName | undefined, at: string): PresetName | undefined => {
  const known = presetOfIss(issuer);
  if (known === undefined || given === undefined || known === given) return known ?? given;
  throw new SettingError(`${at}: ${issuer} is of the preset ${known}; give that one, or none`);
};

const keysOf = (
  { jwks_file, discovery }: { jwks_file: unknown; discovery: unknown },
  issuer: string,
  at: string,
  files: string[],
): DeclaredIssuer['keys'] => {
  if (jwks_file !== undefined && discovery !== undefined)
    throw new SettingError(`${at} has both jwks_file and discovery; give one of them`);
  if (jwks_file === undefined) {
    const address = discovery === undefined || discovery === true ? documentOf(issuer) : discovery;
    const url = URL.parse(textOf(address, at, 'discovery', 2000));
    if (url && isFetchable(url) && url.username === '') return url;
    throw new SettingError(`${at}: discovery must be an https address, or give jwks_file`);
  }
  const path = textOf(jwks_file, at, 'jwks_file', 4096);
  files.push(path);
  try {
    return publicKeysOf(recordOf(readYaml(path), path));
  } catch (error) {
    throw new SettingError(`${at}: jwks_file ${path} cannot be used (${(error as Error).message})`);
  }
};

/** OpenID Connect Discovery 1.0, 4.1. */
const documentOf = (issuer: string): string =>
  `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
