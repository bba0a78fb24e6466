import type { RegionSetting, RegionSettings } from '../tenancy/room.ts';
import { yamlIn } from './yaml-file.ts';

const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const LONGEST_NAME = 63;
const HOST = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

/** The regions of the file, or one region `local` on any host without a file. Throws what is wrong in the file. */
export const loadRegions = (file: string | undefined): RegionSettings => {
  if (file === undefined)
    return { default: 'local', anyHost: true, regions: [{ name: 'local', aliases: [], hosts: [] }] };
  try {
    return readRegions(yamlIn(file));
  } catch (error) {
    throw new Error(`the regions file ${file} cannot be used: ${(error as Error).message}`);
  }
};

const readRegions = (tree: unknown): RegionSettings => {
  const {
    default: first,
    any_host: anyHost = false,
    regions,
    ...rest
  } = (tree ?? {}) as Record<string, unknown>;
  refuseUnknown('the file', rest);
  if (!Array.isArray(regions) || regions.length === 0) throw new Error('it needs a list `regions`');
  const list = regions.map(readRegion);
  refuseTwice(
    'name',
    list.flatMap(({ name, aliases, oldName }) => [name, ...aliases, ...(oldName ? [oldName] : [])]),
  );
  refuseTwice(
    'host',
    list.flatMap(({ hosts }) => hosts),
  );
  if (!list.some(({ name }) => name === first)) throw new Error('`default` must name one of its regions');
  return { default: String(first), anyHost: anyHost === true, regions: list };
};

const readRegion = (value: unknown): RegionSetting => {
  const {
    name,
    old_name: oldName,
    aliases = [],
    hosts = [],
    ...rest
  } = (value ?? {}) as Record<string, unknown>;
  if (typeof name !== 'string' || !NAME.test(name))
    throw new Error('a region needs a `name` of lower case letters, digits and -');
  if (name.length > LONGEST_NAME)
    throw new Error(
      `the region name ${name} has ${name.length} characters; folders and S3 prefixes take ${LONGEST_NAME}`,
    );
  refuseUnknown(`region ${name}`, rest);
  return {
    name,
    ...(oldName === undefined ? {} : { oldName: String(oldName) }),
    aliases: texts(`aliases of ${name}`, aliases, NAME),
    hosts: texts(`hosts of ${name}`, hosts, HOST),
  };
};

const texts = (what: string, value: unknown, pattern: RegExp): string[] => {
  if (!Array.isArray(value)) throw new Error(`${what} must be a list`);
  return value.map((each) => {
    const text = String(each).toLowerCase();
    if (!pattern.test(text))
      throw new Error(`${what}: ${JSON.stringify(each)} is not valid (hosts have no port)`);
    return text;
  });
};

const refuseUnknown = (where: string, rest: Record<string, unknown>): void => {
  const [key] = Object.keys(rest);
  if (key !== undefined) throw new Error(`${where} has an unknown key ${key}`);
};

const refuseTwice = (what: string, values: readonly string[]): void => {
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) throw new Error(`the ${what} ${twice} is there twice`);
};
