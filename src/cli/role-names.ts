import { CliError } from './cli-error.ts';
import type { Connection } from './connection.ts';
import { EXIT } from './exit-codes.ts';

/** Every IAM service has these. Source: IBM Cloud docs, "IAM roles and actions". */
const BUILT_IN: Readonly<Record<string, readonly string[]>> = {
  role: ['Viewer', 'Operator', 'Editor', 'Administrator'],
  serviceRole: ['Reader', 'Writer', 'Manager'],
};

const builtIn = (name: string): string | undefined => {
  for (const [kind, names] of Object.entries(BUILT_IN)) {
    const found = names.find((each) => each.toLowerCase() === name.toLowerCase());
    if (found) return `crn:v1:bluemix:public:iam::::${kind}:${found}`;
  }
  return undefined;
};

/** The CRNs of roles that a person named: built-in roles, the account's own by either of their names, or CRNs. */
export const roleCrns = async (
  { iam }: Connection,
  names: readonly string[],
  service: string | undefined,
): Promise<string[]> => {
  const wanted = names.map((name) => name.trim()).filter(Boolean);
  if (wanted.length === 0) throw new CliError(EXIT.USAGE, 'Name at least one role, such as --roles Reader.');
  const known = wanted.map((name) => (name.startsWith('crn:') ? name : builtIn(name)));
  if (known.every((crn) => crn !== undefined)) return known;
  const roles = await iam.customRoles.allRoles(service);
  const { custom_roles: custom, service_roles: own, system_roles: system } = roles;
  return wanted.map((name, index) => {
    const found =
      custom.find((role) => role.name === name) ??
      [...custom, ...own, ...system].find(
        ({ display_name }) => display_name.toLowerCase() === name.toLowerCase(),
      );
    const crn = known[index] ?? found?.crn;
    if (crn) return crn;
    const all = [...system, ...own, ...custom].map(({ display_name }) => display_name).join(', ');
    throw new CliError(EXIT.NOT_FOUND, `There is no role '${name}'. There are: ${all}.`);
  });
};
