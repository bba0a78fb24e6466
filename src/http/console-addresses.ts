/** Where the pages are that people open in a browser. */
export const CONSOLE = '/console/';
export const DEVICE_PAGE = '/console/device';
export const PASSCODE_PAGE = '/console/passcode';
export const AUTHORIZE_PAGE = '/console/authorize';
export const STYLE = '/console/pages.css';
