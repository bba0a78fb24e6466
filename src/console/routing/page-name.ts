import { signal } from '@preact/signals';

/** What the page shows, once it is read: its name is a part of the heading. */
const shown = signal<{ readonly id: string; readonly name: string } | undefined>(undefined);

export const showName = (id: string, name: string): void => {
  shown.value = { id, name };
};

/** `Access group builders`; the kind alone until the name is known. */
export const titleOf = (kind: string, id: string | undefined): string =>
  shown.value !== undefined && shown.value.id === id ? `${kind} ${shown.value.name}` : kind;
