/**
 * The Link header of a page that is not the last: `</v2/N/tags/list?n=100&last=x>; rel="next"`. `path` is decoded and
 * stays relative to the host, which a proxy may have changed. Source: distribution-spec, "Listing tags"; RFC 8288.
 */
export const nextLink = (path: string, params: Readonly<Record<string, string>>): string => {
  const target = encodeURI(path.toWellFormed()).replace(/[?#]/g, encodeURIComponent);
  const query = new URLSearchParams(params).toString();
  return `<${target}${query === '' ? '' : `?${query}`}>; rel="next"`;
};
