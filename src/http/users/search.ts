import { RegistryError } from '../../errors.ts';
import { loginName, type Member } from '../../identity/room.ts';

/** What a term of a search looks at. Members have no state below their state here. */
const FIELDS: Readonly<Record<string, (member: Member) => string>> = {
  firstname: ({ firstName }) => firstName,
  lastname: ({ lastName }) => lastName,
  email: ({ email }) => email,
  state: ({ state }) => state,
  substate: () => '',
  iam_id: ({ iamId }) => iamId,
  realm: ({ iamId }) => realmOf(iamId),
  userid: ({ userName }) => userName,
  user_id: ({ userName }) => userName,
};

export interface UserSearch {
  /** `field:text` terms, separated by commas. A member that one of them fits is found. */
  readonly search?: string;
  /** The name the member logs in with. */
  readonly user_id?: string;
}

/** Which members a list is asked for; undefined for all. An empty filter is none. Throws BAD_REQUEST for an unknown field. */
export const filterOf = ({
  search = '',
  user_id: userId = '',
}: UserSearch): ((member: Member) => boolean) | undefined => {
  const terms = search.split(',').flatMap(termOf);
  const name = loginName(withPlus(userId));
  if (terms.length === 0 && name === '') return undefined;
  return (member) =>
    (name === '' || member.userName === name) &&
    (terms.length === 0 || terms.some(({ read, text }) => read(member).toLowerCase().includes(text)));
};

export const realmOf = (iamId: string): string => iamId.split('-', 1)[0] ?? '';

/** No e-mail address and no id has a space: where one stands in a query, the `+` of ada+ci@example.com was not escaped. */
const withPlus = (text: string): string => text.replaceAll(' ', '+');

const WITHOUT_SPACES = new Set(['email', 'iam_id', 'userid', 'user_id']);

const termOf = (term: string) => {
  const [field = '', ...rest] = term.trim().split(':');
  const text = rest.join(':').trim().toLowerCase();
  if (field === '' && text === '') return [];
  const name = field.toLowerCase();
  const read = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
  if (!read || rest.length === 0)
    throw new RegistryError('BAD_REQUEST', {
      message:
        'search takes terms like state:PENDING, separated by commas; the fields are firstname, lastname, email, state, substate, iam_id, realm and userId.',
    });
  return text === '' ? [] : [{ read, text: WITHOUT_SPACES.has(name) ? withPlus(text) : text }];
};
