/** Users of whom a part of a name or address is this, as the door of users is asked. A comma would end a term. */
export const userSearch = (filter: string | undefined): string | undefined => {
  const part = filter?.replaceAll(',', ' ').trim();
  return part
    ? ['firstname', 'lastname', 'email', 'userid'].map((name) => `${name}:${part}`).join(',')
    : undefined;
};
