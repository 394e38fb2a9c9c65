/** How the extension waits for the end of a companion: what it may import of the server is the client. */
export { waitForEnd } from '../platform/processEnd.ts';
