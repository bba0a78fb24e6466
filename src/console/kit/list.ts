import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { go, place, withQuery } from '../routing/place.ts';
import { count } from '../text/values.ts';
import { common } from '../text/words.ts';
import { announce } from './announce.ts';
import { Fault } from './fault.ts';
import { type Child, html, use } from './html.ts';
import { type Loading, useLoad } from './load.ts';
import { type Column, Table } from './table.ts';

/** What the server is asked for: the state of a list, which stands in the address of the page. */
export interface ListQuery {
  readonly filter: string | undefined;
  readonly sort: string | undefined;
  /** Where the page begins, as the page before said. */
  readonly start: string | undefined;
  readonly limit: number;
}

export interface ListPage<Row> {
  readonly rows: readonly Row[];
  /** Where the next page begins; undefined on the last one. */
  readonly next?: string | undefined;
  readonly total?: number | undefined;
  /** There are more than `total`. */
  readonly isAtLeast?: boolean;
}

export interface ListProps<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rowKey: (row: Row) => string;
  readonly load: (query: ListQuery) => Promise<ListPage<Row>>;
  /** Another key is another list: what it depends on beside the address. */
  readonly of?: string;
  /** There is nothing yet: one sentence, one action, one command. */
  readonly empty: Child;
  readonly defaultSort?: string;
  readonly isFiltered?: boolean;
  /** Beside the filter: what can be made here. */
  readonly tools?: Child;
  /** In place of the tools while rows are selected. `done` empties the selection and loads the list again. */
  readonly bulk?: (keys: readonly string[], done: () => void) => Child;
  /** Handed the way to load the list again. */
  readonly onReady?: (again: () => void) => void;
}

const SMALLEST = 25;
const SIZES = [SMALLEST, 50, 100, 200];
const STORED = 'tidegate-page-size';

const pageSize = (): number => {
  const stored = Number(globalThis.localStorage?.getItem(STORED));
  return SIZES.includes(stored) ? stored : 50;
};

/** Pages without a row that are passed over before the reader is asked. */
const MOST_PASSED = 20;

/** The server looks at so many names at a time: a page without a row may have a next one. */
const loadSome = async <Row>(load: ListProps<Row>['load'], asked: ListQuery): Promise<ListPage<Row>> => {
  let page = await load(asked);
  for (let passed = 0; passed < MOST_PASSED && page.rows.length === 0 && page.next !== undefined; passed++)
    page = await load({ ...asked, start: page.next });
  return page;
};

/** Rows that are taken at once: what is done with them is a request for each, or for a few. */
const MOST_TAKEN = 1000;
const TAKEN_AT_ONCE = 200;

/** Keys of all rows that fit what is asked for, on every page. */
const keysOf = async <Row>({ load, rowKey }: ListProps<Row>, asked: ListQuery): Promise<string[]> => {
  const found: string[] = [];
  let start: string | undefined;
  do {
    const { rows, next } = await load({ ...asked, start, limit: TAKEN_AT_ONCE });
    found.push(...rows.map(rowKey));
    start = next;
  } while (start !== undefined && found.length < MOST_TAKEN);
  return found.slice(0, MOST_TAKEN);
};

/** A list that the server filters, sorts and pages. What is asked for stands in the address, so that Back brings it back. */
export const List = <Row>(list: ListProps<Row>): VNode => {
  const { query } = place.value;
  const limit = useSignal(pageSize());
  const selected = useSignal<ReadonlySet<string>>(new Set());
  const asked: ListQuery = {
    filter: query.get('q') ?? undefined,
    sort: query.get('sort') ?? list.defaultSort,
    start: query.get('start') ?? undefined,
    limit: limit.value,
  };
  const key = JSON.stringify([list.of, asked]);
  const current = useRef(key);
  current.current = key;
  const loading = useLoad(key, async () => ({ ...(await loadSome(list.load, asked)), of: key }));
  useEffect(() => list.onReady?.(loading.again), []);
  // rows that are not seen any more must not stay selected
  useEffect(() => {
    if (selected.value.size > 0) announce(common().selected(count(0)));
    selected.value = new Set();
  }, [key]);
  const done = (): void => {
    selected.value = new Set();
    loading.again();
  };
  const keys = [...selected.value];
  const isPageTaken = keys.length > 0 && keys.length === loading.value?.rows.length;
  const hasOthers = loading.value?.next !== undefined || asked.start !== undefined;
  const takeAll = async (): Promise<void> => {
    const found = await keysOf(list, asked).catch((error: Error) => announce(error.message));
    // another list may be there by now
    if (found && key === current.current) selected.value = new Set(found);
  };
  return html.section(
    { class: 'list', 'aria-busy': loading.isSlow ? 'true' : 'false' },
    html.div(
      { class: 'toolbar' },
      keys.length > 0 && list.bulk
        ? html.div(
            { class: 'bulk' },
            html.span({ role: 'status' }, common().selected(count(keys.length))),
            isPageTaken &&
              hasOthers &&
              html.button(
                { type: 'button', onClick: () => void takeAll() },
                common().selectAll(count(MOST_TAKEN)),
              ),
            list.bulk(keys, done),
          )
        : [
            list.isFiltered !== false && use(Filter, { key: 'filter', value: asked.filter ?? '' }),
            list.tools,
          ],
    ),
    loading.fault && use(Fault, { fault: loading.fault, again: loading.again }),
    use(Rows<Row>, {
      list,
      loading,
      asked,
      selected: selected.value,
      onSelect: (next) => (selected.value = next),
    }),
    use(Pager<Row>, {
      loading,
      isOld: loading.value?.of !== key,
      asked,
      onSize: (size) => (limit.value = size),
    }),
  );
};

interface RowsProps<Row> {
  readonly list: ListProps<Row>;
  readonly loading: Loading<ListPage<Row>>;
  readonly asked: ListQuery;
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (keys: ReadonlySet<string>) => void;
}

const Rows = <Row>({ list, loading, asked, selected, onSelect }: RowsProps<Row>): VNode | null => {
  const { value } = loading;
  if (!value) return loading.isSlow ? html.p({ class: 'skeleton' }, common().loading) : null;
  if (value.rows.length === 0)
    return html.div(
      { class: 'empty' },
      value.next !== undefined
        ? common().nothingYet
        : asked.filter === undefined && !asked.start
          ? list.empty
          : common().nothingFound,
    );
  return use(Table<Row>, {
    caption: list.caption,
    columns: list.columns,
    rows: value.rows,
    rowKey: list.rowKey,
    sort: asked.sort,
    onSort: (sort) => go(withQuery({ sort, start: undefined })),
    selection: list.bulk ? { keys: selected, onChange: onSelect } : undefined,
  });
};

/** Waits until the reader pauses before it asks. */
const PAUSE = 250;

/** The filter of a list. It replaces the address while one types, so that Back leads out of the list. */
const Filter = ({ value }: { value: string }): VNode => {
  const id = useId();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const change = (text: string): void => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => go(withQuery({ q: text, start: undefined }), { replace: true }), PAUSE);
  };
  return html.div(
    { class: 'filter' },
    html.label({ for: id }, common().filter),
    html.input({
      id,
      type: 'search',
      maxLength: 200,
      autoComplete: 'off',
      spellcheck: false,
      defaultValue: value,
      onInput: (event) => change(event.currentTarget.value),
    }),
  );
};

interface PagerProps<Row> {
  readonly loading: Loading<ListPage<Row>>;
  /** It is of another order or filter: its next page is none of what is asked for now. */
  readonly isOld: boolean;
  readonly asked: ListQuery;
  readonly onSize: (size: number) => void;
}

/** Leads to the next page and back to the first one, and says how many there are. A list that is cut says so. */
const Pager = <Row>({ loading: { value }, isOld, asked, onSize }: PagerProps<Row>): VNode | null => {
  if (!value || (value.rows.length === 0 && value.next === undefined)) return null;
  const { rows, next, total, isAtLeast } = value;
  const shown = count(rows.length);
  const isTold = total !== undefined && total >= rows.length;
  const all = !isTold ? undefined : isAtLeast ? common().atLeast(count(total)) : count(total);
  return html.nav(
    { class: 'pager', 'aria-label': common().next },
    html.span({}, all === undefined ? common().shown(shown) : common().ofTotal(shown, all)),
    asked.start !== undefined &&
      html.a({ href: `/console${withQuery({ start: undefined })}` }, common().previous),
    next !== undefined &&
      html.a(
        {
          href: `/console${withQuery({ start: next })}`,
          // it stays where it is, and keeps the focus
          'aria-disabled': isOld ? 'true' : 'false',
          onClick: (event) => {
            if (isOld) event.preventDefault();
          },
        },
        common().next,
      ),
    (next !== undefined || rows.length > SMALLEST) &&
      html.select(
        {
          'aria-label': common().size,
          value: String(asked.limit),
          onChange: (event) => {
            localStorage.setItem(STORED, event.currentTarget.value);
            onSize(Number(event.currentTarget.value));
          },
        },
        SIZES.map((size) =>
          html.option({ key: size, value: String(size), selected: size === asked.limit }, count(size)),
        ),
      ),
  );
};

/** A list that an API answers whole, filtered and paged here: only for what has a small bound. */
export const pageOf = <Row>(
  rows: readonly Row[],
  { filter, start, limit }: ListQuery,
  nameOf: (row: Row) => string,
): ListPage<Row> => {
  const wanted = filter?.toLowerCase();
  const found =
    wanted === undefined ? rows : rows.filter((row) => nameOf(row).toLowerCase().includes(wanted));
  const from = Number(start ?? 0);
  const next = from + limit < found.length ? String(from + limit) : undefined;
  return { rows: found.slice(from, from + limit), next, total: found.length };
};
