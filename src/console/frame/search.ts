import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { html } from '../kit/html.ts';
import { go } from '../routing/place.ts';
import { inBoth } from '../text/language.ts';

const text = inBoth({ search: 'Search', hint: 'Search (press /)' }, { search: '검색', hint: '검색 (/ 키)' });

const isTyping = (): boolean =>
  document.activeElement instanceof HTMLElement && document.activeElement.matches('input, select, textarea');

/** Looks for a name over all that the reader may see. The key / leads to it. */
export const Search = (): VNode => {
  const wanted = useSignal('');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focus = (event: KeyboardEvent): void => {
      if (event.key !== '/' || isTyping() || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      field.current?.focus();
    };
    document.addEventListener('keydown', focus);
    return () => document.removeEventListener('keydown', focus);
  }, []);
  return html.form(
    {
      role: 'search',
      class: 'search',
      onSubmit: (event: Event) => {
        event.preventDefault();
        if (wanted.value.trim()) go(`/search?q=${encodeURIComponent(wanted.value.trim())}`);
      },
    },
    html.input({
      ref: field,
      type: 'search',
      'aria-label': text().search,
      placeholder: text().hint,
      maxLength: 200,
      autoComplete: 'off',
      value: wanted.value,
      onInput: (event) => {
        wanted.value = event.currentTarget.value;
      },
    }),
  );
};
